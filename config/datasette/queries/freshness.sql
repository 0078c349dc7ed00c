-- vi: Dữ liệu mới đến ngày nào
-- en: How fresh the data is
-- about_vi: Mỗi dòng là một chuyên mục: bản tin mới nhất, lần gần nhất danh sách được đọc, lượt thu thập thành công gần nhất của
--   cổng và số lỗi chưa khắc phục.
-- about_en: A row is a section: its newest bulletin, when it was last listed, its portal's last run that succeeded and the
--   portal's open failures.
-- order: 130
-- param portal: Cổng | Portal | | select id, name, name from portals order by name

select newest_published_on, days_since_newest, last_listed_at, last_success_at, last_verdict, open_failures, section, name,
  portal
from section_freshness
where :portal = '' or portal = :portal
order by section
