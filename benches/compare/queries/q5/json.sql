SELECT json_build_object('data', json_build_object('member', json_build_object(
    'fullName', full_name, 'role', role,
    'team', json_build_object(
        'name', team.name,
        'ward', json_build_object('name', ward.name, 'city', json_build_object('name', city.name))
    )
)))::text
FROM member
JOIN team ON team.id = member.team_id
JOIN ward ON ward.id = team.ward_id
JOIN city ON city.id = ward.city_id
WHERE member.id = 150000
