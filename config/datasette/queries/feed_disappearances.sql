-- vi: Những bản tin đã biến mất (nguồn cấp tin)
-- en: Disappearances (feed)
-- about_vi: Mỗi hàng là một bản tin không còn trên cổng, nhiều nhất 100; thêm .atom vào địa chỉ để theo dõi bằng trình đọc tin.
-- about_en: A row is a bulletin that is no longer on the portal, at most 100; with .atom behind the address it is a feed.

with recursive entries as materialized (
  select a.id as entry, row_number() over (order by a.gone_at desc, a.id desc) as place,
    substr('tag:collector.invalid,2024:' || a.installation || '/' || a.source_id || '/gone/' || a.gone_at, 1, 1000) as id,
    substr(a.title, 1, 500) as title, a.gone_at as updated,
    substr(case when a.url like 'https://%' or a.url like 'http://%' then a.url
      when p.base_url like 'http%' then p.base_url else 'about:blank' end, 1, 2000) as link,
    substr(coalesce(p.attribution, p.publisher, p.name), 1, 500) as author,
    'Thấy lần cuối / last seen: ' || a.last_seen_at || char(10) || 'Không còn / gone: ' || a.gone_at || char(10)
      || substr(coalesce(nullif(a.lead, ''), a.body), 1, 1000) as content
  from articles a join portals p on p.id = a.portal
  where a.id in (select id from articles where state = 'gone' order by gone_at desc limit 100)
), cleaned(entry, step, id, title, link, author, content) as (
  -- XML has no place for control characters, whatever stands before it; substr() above ends at a NUL.
  select entry, 1, id, title, link, author, content from entries
  union all
  select entry, step + 1, replace(id, char(step), ''), iif(step in (9, 10, 13), title, replace(title, char(step), ' ')),
    replace(link, char(step), ''), replace(author, char(step), ' '),
    iif(step in (9, 10, 13), content, replace(content, char(step), ' '))
  from cleaned where step < 32
)
select replace(replace(replace(c.id, ' ', '%20'), char(65534), ''), char(65535), '') as atom_id,
  replace(replace(c.title, char(65534), ''), char(65535), '') as atom_title, e.updated as atom_updated,
  replace(replace(replace(c.link, ' ', '%20'), char(65534), ''), char(65535), '') as atom_link,
  replace(replace(c.author, char(65534), ''), char(65535), '') as atom_author_name,
  replace(replace(c.content, char(65534), ''), char(65535), '') as atom_content
from entries e join cleaned c on c.entry = e.entry and c.step = 32
order by e.place
