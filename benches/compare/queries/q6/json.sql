SELECT json_build_object('data', json_build_object('city', json_build_object(
    'wards', json_build_object('nodes', wards.nodes)
)))::text
FROM city
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_object(
        'name', ward.name,
        'teams', json_build_object('totalCount', (SELECT count(*) FROM team WHERE ward_id = ward.id)),
        'festivals', json_build_object('nodes', coalesce(festivals.nodes, '[]'))
    )) AS nodes
    FROM (SELECT id, name FROM ward WHERE city_id = city.id ORDER BY id LIMIT 103) AS ward
    CROSS JOIN LATERAL (
        SELECT json_agg(festival) AS nodes
        FROM (
            SELECT title, held_on AS "heldOn" FROM festival
            WHERE ward_id = ward.id ORDER BY held_on DESC, id DESC LIMIT 3
        ) AS festival
    ) AS festivals
) AS wards
WHERE city.code = '92'
