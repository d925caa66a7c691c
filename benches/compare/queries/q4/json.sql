SELECT json_build_object('data', json_build_object('festivals', json_build_object('nodes',
    coalesce(json_agg(json_build_object(
        'title', festival.title, 'heldOn', held_on,
        'ward', CASE WHEN ward.id IS NOT NULL THEN json_build_object('name', ward.name) END,
        'city', json_build_object('name', city.name),
        'awards', json_build_object('nodes', coalesce(awards.nodes, '[]'))
    ) ORDER BY held_on DESC, festival.id DESC), '[]')
)))::text
FROM (SELECT * FROM festival ORDER BY held_on DESC, id DESC LIMIT 50) AS festival
LEFT JOIN ward ON ward.id = festival.ward_id
JOIN city ON city.id = festival.city_id
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_object(
        'title', award.title, 'kind', award.kind,
        'team', CASE WHEN team.id IS NOT NULL THEN json_build_object('name', team.name) END
    ) ORDER BY award.id) AS nodes
    FROM (SELECT * FROM award WHERE festival_id = festival.id ORDER BY id LIMIT 10) AS award
    LEFT JOIN team ON team.id = award.team_id
) AS awards
