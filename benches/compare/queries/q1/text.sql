SELECT '{"data":{"ward":{"name":' || to_json(ward.name) || ',"city":{"name":' || to_json(city.name)
    || '},"teams":{"nodes":[' || coalesce((
        SELECT string_agg('{"code":' || to_json(team.code) || ',"name":' || to_json(team.name)
            || ',"members":{"nodes":[' || coalesce((
                SELECT string_agg('{"fullName":' || to_json(full_name) || ',"role":"' || role || '"}', ',')
                FROM (SELECT full_name, role FROM member WHERE team_id = team.id ORDER BY id LIMIT 10) AS member
            ), '') || ']}}', ',')
        FROM (SELECT id, code, name FROM team WHERE ward_id = ward.id ORDER BY id LIMIT 20) AS team
    ), '') || ']}}}}'
FROM ward
JOIN city ON city.id = ward.city_id
WHERE ward.code = '31120'
