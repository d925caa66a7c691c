SELECT '{"data":{"member":{"fullName":' || to_json(full_name) || ',"role":"' || role
    || '","team":{"name":' || to_json(team.name) || ',"ward":{"name":' || to_json(ward.name)
    || ',"city":{"name":' || to_json(city.name) || '}}}}}}'
FROM member
JOIN team ON team.id = member.team_id
JOIN ward ON ward.id = team.ward_id
JOIN city ON city.id = ward.city_id
WHERE member.id = 150000
