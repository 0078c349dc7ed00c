-- vi: Lượt truy cập cổng theo ngày
-- en: Visits of the portal by day
-- about_vi: Mỗi dòng là một ngày (giờ Việt Nam) có đọc được bộ đếm của cổng. Lượt của người khác đã trừ lượt của chính chương trình
--   thu thập và bỏ những chỗ bộ đếm bị đặt lại; mọi lượt kể từ lần đọc trước đều tính vào ngày này.
-- about_en: A row is a local day (UTC+7) on which the portal's counter was seen: others' views have our own taken off
--   and resets cut out. All views since the last look count on this day.
-- order: 110
-- plot: line x=day y=others color=portal_name
-- param portal: Cổng | Portal | | select id, name, name from portals order by name

select day, portal, (select name from portals where id = v.portal) as portal_name, others, own, total, observations,
  resets, since_day
from visits_daily v
where :portal = '' or portal = :portal
order by day desc, portal
limit 1000
