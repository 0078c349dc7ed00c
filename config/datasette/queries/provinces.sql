-- vi: Các tỉnh, thành phố có số liệu
-- en: Provinces with figures
-- about_vi: Mỗi dòng là một tỉnh, thành phố có số liệu, theo địa giới lúc đó hoặc hiện nay.
-- about_en: A row is a province or city that figures are about, by the boundaries of their day or by today's.

select distinct p.name as province
from places p
where exists (select 1 from figure_series s where s.province = p.name)
  or exists (select 1 from figure_series s where s.province_now = p.name)
order by 1
