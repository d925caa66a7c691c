SELECT '{"data":{"city":{"name":' || to_json(city.name) || ',"wards":{"nodes":[' || (
        SELECT string_agg('{"code":' || to_json(ward.code) || ',"name":' || to_json(ward.name)
            || ',"teams":{"nodes":[' || coalesce((
                SELECT string_agg('{"name":' || to_json(team.name) || ',"members":{"totalCount":' || (
                        SELECT count(*) FROM member WHERE team_id = team.id
                    ) || '}}', ',')
                FROM (SELECT id, name FROM team WHERE ward_id = ward.id ORDER BY id LIMIT 20) AS team
            ), '') || ']}}', ',')
        FROM (SELECT id, code, name FROM ward WHERE city_id = city.id ORDER BY id LIMIT 103) AS ward
    ) || ']}}}}'
FROM city
WHERE city.code = '92'
