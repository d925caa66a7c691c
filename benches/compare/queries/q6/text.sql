SELECT '{"data":{"city":{"wards":{"nodes":[' || (
        SELECT string_agg('{"name":' || to_json(ward.name) || ',"teams":{"totalCount":' || (
                SELECT count(*) FROM team WHERE ward_id = ward.id
            ) || '},"festivals":{"nodes":[' || coalesce((
                SELECT string_agg('{"title":' || to_json(title) || ',"heldOn":"' || held_on || '"}', ',')
                FROM (
                    SELECT title, held_on FROM festival
                    WHERE ward_id = ward.id ORDER BY held_on DESC, id DESC LIMIT 3
                ) AS festival
            ), '') || ']}}', ',')
        FROM (SELECT id, name FROM ward WHERE city_id = city.id ORDER BY id LIMIT 103) AS ward
    ) || ']}}}}'
FROM city
WHERE city.code = '92'
