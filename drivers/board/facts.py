"""What a row of a board's models.conf may say: for mkmodels.py."""

KIND, MEMBER, PREFIX = 'board', 'board', 'board_'

DOTS_PER_COLUMN_MIN = 5   # of a half-width character; a Chinese one has twice as many
DOTS_PER_ROW_MIN = 7
YES_NO = {'no': 'false', 'yes': 'true'}

WORDS = {
    'charset': {'digits': 'BOARD_DIGITS', 'ascii': 'BOARD_ASCII', 'gb2312': 'BOARD_GB2312',
                'gbk': 'BOARD_GBK'},
    'acknowledges': YES_NO, 'blinks': YES_NO, 'scrolls': YES_NO, 'dims': YES_NO, 'sleeps': YES_NO,
    'keeps_time': YES_NO, 'tells_host_lost': YES_NO,
}
NUMBERS = {'life_unit_ms': (0, 3600000)}
# smallest and largest width, then height
SIZES = {'dots': ((8, 4096), (7, 1024)), 'characters': ((1, 255), (1, 32))}
MEMBERS = {'dots': ('width_dots', 'height_dots'), 'characters': ('columns', 'rows')}
FACTS = ['dots', 'characters', 'acknowledges', 'charset', 'blinks', 'scrolls', 'dims', 'sleeps',
         'keeps_time', 'tells_host_lost', 'life_unit_ms']
MAY_HAVE = ['settings']

HEAD = ['model', 'dots', 'columns × rows', 'charset', 'answers', 'blinks', 'moves', 'dims', 'sleeps',
        'clock', 'host lost', 'unit of life']
COLUMNS = ['dots', 'characters', 'charset', 'acknowledges', 'blinks', 'scrolls', 'dims', 'sleeps',
           'keeps_time', 'tells_host_lost', 'life_unit_ms']


def bit(key):
    """Of enum board_fact."""
    names = {'dots': 'SIZE', 'characters': 'SIZE', 'life_unit_ms': 'LIFE_UNIT'}
    return 'BOARD_FACT_' + names.get(key, key.upper())


def word(key, value):
    if key in SIZES:
        return '-' if value == (0, 0) else f'{value[0]} × {value[1]}'
    if key == 'life_unit_ms':
        return f'{value} ms' if value else '-'
    return str(value)


def check_together(row, errors):
    """What no board can be at once."""
    get, at = row.get, row.at
    dots, cells = get('dots'), get('characters')
    chinese = get('charset') in ('gb2312', 'gbk')

    if cells == (0, 0):
        errors.add(at('characters'), 'characters: every board has some')
    if dots and cells and dots != (0, 0):
        if cells[0] * DOTS_PER_COLUMN_MIN > dots[0]:
            errors.add(at('characters'), f'characters: {cells[0]} characters do not fit into '
                                           f'{dots[0]} dots')
        if cells[1] * DOTS_PER_ROW_MIN > dots[1]:
            errors.add(at('characters'), f'characters: {cells[1]} rows do not fit into '
                                           f'{dots[1]} dots')
    if dots == (0, 0) and chinese:
        errors.add(at('charset'), 'charset: without dots there are no Chinese characters')
    if chinese and cells and cells[0] == 1:
        errors.add(at('characters'), 'characters: a Chinese character takes two columns')
    if dots == (0, 0) and get('scrolls') == 'yes':
        errors.add(at('scrolls'), 'scrolls: without dots nothing moves')
