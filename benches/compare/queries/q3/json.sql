SELECT json_build_object('data', json_build_object('city', json_build_object(
    'wards', json_build_object('nodes', wards.nodes)
)))::text
FROM city
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_object(
        'code', ward.code, 'name', ward.name, 'kind', ward.kind,
        'teams', json_build_object('nodes', coalesce(teams.nodes, '[]'))
    )) AS nodes
    FROM (SELECT * FROM ward WHERE city_id = city.id ORDER BY id LIMIT 103) AS ward
    CROSS JOIN LATERAL (
        SELECT json_agg(json_build_object(
            'code', team.code, 'name', team.name, 'locality', team.locality, 'status', team.status,
            'establishedOn', team.established_on,
            'members', json_build_object('nodes', coalesce(members.nodes, '[]'))
        )) AS nodes
        FROM (SELECT * FROM team WHERE ward_id = ward.id ORDER BY id LIMIT 100) AS team
        CROSS JOIN LATERAL (
            SELECT json_agg(member) AS nodes
            FROM (
                SELECT full_name AS "fullName", role, gender, status, joined_on AS "joinedOn"
                FROM member WHERE team_id = team.id ORDER BY id LIMIT 100
            ) AS member
        ) AS members
    ) AS teams
) AS wards
WHERE city.code = '92'
