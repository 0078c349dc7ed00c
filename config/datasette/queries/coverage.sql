-- vi: Đã có gì, còn thiếu gì, theo chuyên mục và tháng
-- en: What is here and what is missing, by section and month
-- about_vi: Mỗi dòng là một tháng của một chuyên mục: số bản tin đã biết, đã lưu, còn thiếu, bị lỗi, bị gỡ, ngoài phạm vi.
--   Dòng không có tháng: bản tin không ghi ngày đăng. Những trang danh sách chưa đọc không tính ở đây; lệnh collector coverage
--   liệt kê chúng.
-- about_en: A row is a month of a section: bulletins that are known of, archived, missing, failed, gone, out of range. An
--   empty month: no day is printed anywhere. Pages of listings that nobody has read are not here: collector coverage names
--   them.
-- order: 140
-- plot: bar x=month y=archived color=section_name
-- param section: Chuyên mục | Section | | select s.id, iif((select count(*) from portals) > 1,
--   s.name || ' (' || p.name || ')', s.name) from sections s join portals p on p.id = s.portal order by s.id

select month, section,
  -- Sections of several portals may have one name, and a plot tells series by it.
  coalesce((select iif(exists (select 1 from sections o where o.name = s.name and o.id <> s.id),
    s.name || ' (' || p.name || ')', s.name) from sections s join portals p on p.id = s.portal where s.id = c.section),
    section) as section_name, listed, archived, missing, failed, gone, out_of_range
from coverage_by_month c
where :section = '' or section = :section
order by month desc, section
limit 1000
