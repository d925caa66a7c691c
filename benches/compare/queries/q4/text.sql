SELECT '{"data":{"festivals":{"nodes":[' || coalesce(string_agg('{"title":' || to_json(festival.title)
        || ',"heldOn":"' || held_on || '","ward":' || coalesce('{"name":' || to_json(ward.name) || '}', 'null')
        || ',"city":{"name":' || to_json(city.name) || '},"awards":{"nodes":[' || coalesce((
            SELECT string_agg('{"title":' || to_json(award.title) || ',"kind":"' || award.kind
                || '","team":' || coalesce('{"name":' || to_json(team.name) || '}', 'null') || '}', ',' ORDER BY award.id)
            FROM (SELECT * FROM award WHERE festival_id = festival.id ORDER BY id LIMIT 10) AS award
            LEFT JOIN team ON team.id = award.team_id
        ), '') || ']}}', ',' ORDER BY held_on DESC, festival.id DESC), '') || ']}}}'
FROM (SELECT * FROM festival ORDER BY held_on DESC, id DESC LIMIT 50) AS festival
LEFT JOIN ward ON ward.id = festival.ward_id
JOIN city ON city.id = festival.city_id
