SELECT json_build_object('data', json_build_object('city', json_build_object(
    'name', city.name,
    'wards', json_build_object('nodes', wards.nodes)
)))::text
FROM city
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_object(
        'code', ward.code, 'name', ward.name, 'teams', json_build_object('nodes', coalesce(teams.nodes, '[]'))
    )) AS nodes
    FROM (SELECT id, code, name FROM ward WHERE city_id = city.id ORDER BY id LIMIT 103) AS ward
    CROSS JOIN LATERAL (
        SELECT json_agg(json_build_object(
            'name', team.name,
            'members', json_build_object('totalCount', (SELECT count(*) FROM member WHERE team_id = team.id))
        )) AS nodes
        FROM (SELECT id, name FROM team WHERE ward_id = ward.id ORDER BY id LIMIT 20) AS team
    ) AS teams
) AS wards
WHERE city.code = '92'
