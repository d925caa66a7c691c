SELECT '{"data":{"city":{"wards":{"nodes":[' || (
        SELECT string_agg('{"code":' || to_json(ward.code) || ',"name":' || to_json(ward.name)
            || ',"kind":"' || ward.kind || '","teams":{"nodes":[' || coalesce((
                SELECT string_agg('{"code":' || to_json(team.code) || ',"name":' || to_json(team.name)
                    || ',"locality":' || to_json(locality) || ',"status":"' || status
                    || '","establishedOn":' || coalesce('"' || established_on || '"', 'null')
                    || ',"members":{"nodes":[' || coalesce((
                        SELECT string_agg('{"fullName":' || to_json(full_name) || ',"role":"' || role
                            || '","gender":' || coalesce('"' || gender || '"', 'null') || ',"status":"' || status
                            || '","joinedOn":' || coalesce('"' || joined_on || '"', 'null') || '}', ',')
                        FROM (SELECT * FROM member WHERE team_id = team.id ORDER BY id LIMIT 100) AS member
                    ), '') || ']}}', ',')
                FROM (SELECT * FROM team WHERE ward_id = ward.id ORDER BY id LIMIT 100) AS team
            ), '') || ']}}', ',')
        FROM (SELECT * FROM ward WHERE city_id = city.id ORDER BY id LIMIT 103) AS ward
    ) || ']}}}}'
FROM city
WHERE city.code = '92'
