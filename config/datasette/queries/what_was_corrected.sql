-- vi: Những gì đã được sửa
-- en: What was corrected
-- about_vi: Mỗi dòng là một mục hoặc một con số mà cổng thông tin đã sửa sau khi đăng: trước, sau, và lúc phát hiện. Cổng không nêu
--   lý do.
-- about_en: A row is one field or figure that the portal changed after publication: before and after, and when it was seen.
--   Why, nobody tells.
-- order: 50
-- param field: Mục hoặc chỉ tiêu | Field or measure | | select distinct c.field, coalesce(m.name_vi, c.field),
--   coalesce(m.name_en, c.field) from corrections c left join measures m on m.id = c.field order by 2

select seen_at, published_on, title, coalesce(measure, field) as field, name_vi, name_en,
  iif(length(before) > 1000, substr(before, 1, 1000) || ' …', before) as before,
  iif(length(after) > 1000, substr(after, 1, 1000) || ' …', after) as after, state, article, url
from corrected
where :field = '' or field = :field or measure = :field
order by seen_at desc, correction desc
limit 500
