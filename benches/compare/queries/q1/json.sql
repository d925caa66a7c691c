SELECT json_build_object('data', json_build_object('ward', json_build_object(
    'name', ward.name,
    'city', json_build_object('name', city.name),
    'teams', json_build_object('nodes', coalesce(teams.nodes, '[]'))
)))::text
FROM ward
JOIN city ON city.id = ward.city_id
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_object(
        'code', team.code, 'name', team.name, 'members', json_build_object('nodes', coalesce(members.nodes, '[]'))
    )) AS nodes
    FROM (SELECT id, code, name FROM team WHERE ward_id = ward.id ORDER BY id LIMIT 20) AS team
    CROSS JOIN LATERAL (
        SELECT json_agg(member) AS nodes
        FROM (
            SELECT full_name AS "fullName", role FROM member WHERE team_id = team.id ORDER BY id LIMIT 10
        ) AS member
    ) AS members
) AS teams
WHERE ward.code = '31120'
