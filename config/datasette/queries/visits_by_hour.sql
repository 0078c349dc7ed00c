-- vi: Lượt truy cập cổng theo giờ
-- en: Visits of the portal by hour
-- about_vi: Mỗi dòng là một giờ (giờ Việt Nam) có đọc được bộ đếm của cổng, với lượt của người khác kể từ lần đọc trước. Không chọn
--   ngày thì hiện những giờ mới nhất.
-- about_en: A row is a local hour (UTC+7) in which the portal's counter was seen; others' views are those since the last look.
--   Without a day: the newest hours.
-- order: 120
-- plot: bar x=hour y=others color=portal_name
-- param day: Ngày | Day | | select distinct day from visit_hours order by day desc limit 1000
-- param portal: Cổng | Portal | | select id, name, name from portals order by name

select hour, day, portal, (select name from portals where id = v.portal) as portal_name, others, own, total, observations,
  resets, since_hour
from (
  select hour, day, portal, others, own, total, observations, resets, since_hour from visits_hourly
  where :day <> '' and day = :day and (:portal = '' or portal = :portal)
  union all
  select * from (
    select hour, day, portal, others, own, total, observations, resets, since_hour from visits_hourly
    where :day = '' and (:portal = '' or portal = :portal)
    order by day desc, hour desc limit 1000)
) v
order by hour desc, portal
limit 1000
