-- vi: Việc thu thập có ổn không
-- en: Health of collection
-- about_vi: Mỗi dòng là một ngày (giờ Việt Nam) và một kết luận: bao nhiêu lượt thu thập kết thúc như vậy, và có bao nhiêu bản tin
--   mới, bị sửa, bị gỡ, bị lỗi. “Đầy đủ” và “không có gì mới” là ổn; kết luận nào khác đều có nghĩa là còn thiếu.
-- about_en: A row is a local day (UTC+7) and a verdict: how many runs ended so, and how many bulletins they added,
--   saw revised, gone, failed. “Complete” and “nothing new” are well; every other verdict means that something is missing.
-- order: 150
-- plot: bar x=day y=runs color=verdict
-- param portal: Cổng | Portal | | select id, name, name from portals order by name

select date(started_at, '+7 hours') as day, coalesce(verdict, 'unfinished') as verdict, count(*) as runs,
  sum(added) as added, sum(revised) as revised, sum(gone) as gone, sum(failed) as failed, sum(requests) as requests,
  sum(bytes) as bytes
from runs
where :portal = '' or portal = :portal
group by date(started_at, '+7 hours'), verdict
order by day desc, verdict
limit 1000
