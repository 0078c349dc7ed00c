"""What a phrase can do in a sentence with figures, one bit each; many do several things by turns.

Plain numbers, as they are asked for at every word: the ``&`` of an enumeration costs twenty times as much, and a class
that holds them five times as much as a module. Above 30 bits it costs twice as much, so that the rarest come last.
"""

UNIT = 1 << 0  #: what is counted: ``hộ``, ``suất quà``
MONEY = 1 << 1  #: ``đồng``
PERCENT = 1 << 2  #: ``phần trăm``
NO_UNIT = 1 << 3  #: makes a number no indicator: ``tuổi``, ``ha``, ``ngày``
SCALE = 1 << 4  #: ``triệu``
QUALIFIER = 1 << 5  #: before a number: ``trên``
SUFFIX = 1 << 6  #: behind it: ``trở lên``
DOWN = 1 << 7  #: ``giảm``
UP = 1 << 8  #: ``tăng``
HIGHER = 1 << 9  #: by so much than something: ``cao hơn``
LOWER = 1 << 10  #: ``thấp hơn``
LIFTED = 1 << 11  #: ``nâng``: up to the level that comes next
REACHED = 1 << 12  #: the new level comes next: ``còn``, ``lên``
FROM = 1 << 13  #: ``từ``
TO = 1 << 14  #: joins the ends of a range: ``đến``
RESULT = 1 << 15  #: a share of a plan may come next: ``đạt``, ``bằng``
SURPLUS = 1 << 16  #: ``vượt``
SAME = 1 << 17  #: the same thing told in another unit: ``tương đương``
PLAN = 1 << 18  #: what is planned: ``kế hoạch``
AIM = 1 << 19  #: the figures that follow are to be reached: ``phấn đấu``
PERHAPS_AIM = 1 << 20  #: only the figures of its clause are: ``dự kiến``
DONE = 1 << 21  #: they were reached: ``đã``
AGAINST = 1 << 22  #: what follows is compared with: ``so với``
NUMBERED = 1 << 23  #: the number that follows is a name: ``Nghị quyết``, ``điều``
END = 1 << 24  #: of a mark: may end a sentence
MEASURE = 1 << 25  #: names a measure
TIME = 1 << 26  #: of any time
EACH = 1 << 27  #: money for one of many: ``mỗi``
AND = 1 << 28  #: ``và``
BREAK = 1 << 29  #: ends what a direction reaches: ``cho``, ``với``
VAGUE = 1 << 30  #: ``hàng`` (nghìn)
LEFT_POVERTY = 1 << 31  #: behind a number, so many poor households fewer: ``thoát nghèo``
PROGRAMME = 1 << 32  #: the years that follow are a programme's: ``nghị quyết``, ``chuẩn nghèo``
PERHAPS_NUMBERED = 1 << 33  #: it is one if small: ``tổ``, ``đợt``
