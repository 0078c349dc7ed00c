-- vi: Những bản tin đã biến mất
-- en: What disappeared
-- about_vi: Mỗi dòng là một bản tin không còn trên cổng: hai lượt thu thập liền nhau đều không còn thấy. Nội dung vẫn được lưu.
-- about_en: A row is a bulletin that is no longer on the portal: two looks in two runs did not find it. Its text is kept.
-- order: 60
-- param portal: Cổng | Portal | | select id, name, name from portals order by name

select gone_at, last_seen_at, published_on, title, topic, revisions, article, url, section
from disappeared
where :portal = '' or portal = :portal
order by gone_at desc, article desc
limit 500
