"""What a row of a printer's models.conf may say: for mkmodels.py."""

KIND, MEMBER, PREFIX = 'printer', 'printer', ''

FONT_DOTS_MIN = 8      # of a half-width character
DOTS_PER_MM_MAX = 12   # 300 dpi
ROWS_MAX = {'none': 0, 'gs-v': 2303, 'gs-l': 1662}  # TM-T88III guide; GS ( L fn 112

WORDS = {
    'cjk': {'none': 'PRINTER_CJK_NONE', 'gb2312': 'PRINTER_CJK_GB2312', 'gbk': 'PRINTER_CJK_GBK'},
    'raster': {'none': 'PRINTER_RASTER_NONE', 'gs-v': 'PRINTER_RASTER_GS_V',
               'gs-l': 'PRINTER_RASTER_GS_L'},
    'cutter': {'none': 'PRINTER_CUTTER_NONE', 'partial': 'PRINTER_CUTTER_PARTIAL',
               'full': 'PRINTER_CUTTER_FULL'},
    'qr': {'no': 'false', 'yes': 'true'},
    'status': {'none': 'PRINTER_STATUS_NONE', 'realtime': 'PRINTER_STATUS_REALTIME',
               'automatic': 'PRINTER_STATUS_AUTOMATIC'},
    'completion': {'none': 'PRINTER_COMPLETION_NONE', 'processed': 'PRINTER_COMPLETION_PROCESSED',
                   'printed': 'PRINTER_COMPLETION_PRINTED'},
    'one_way': {'no': 'false', 'yes': 'true'},
}
# width and columns: what the encoder takes
NUMBERS = {'paper_mm': (58, 80), 'width_dots': (64, 832), 'columns': (16, 104),
           'raster_rows': (0, 2303)}
SIZES, MEMBERS = {}, {}
FACTS = ['paper_mm', 'width_dots', 'columns', 'cjk', 'raster', 'raster_rows', 'cutter', 'qr',
         'status', 'completion', 'one_way']
MAY_HAVE = ['maker', 'names', 'usb']

HEAD = ['model', 'paper', 'dots', 'columns', 'Chinese', 'raster', 'cutter', 'QR', 'status', 'proof']
COLUMNS = ['paper_mm', 'width_dots', 'columns', 'cjk', 'raster', 'cutter', 'qr', 'status',
           'completion']


def bit(key):
    return f'PRINTER_FACT_{key.upper()}'


def word(key, value):
    return str(value) + (' mm' if key == 'paper_mm' else '')


def check_together(row, errors):
    """What no printer can be at once."""
    get, at = row.get, row.at
    width, columns = get('width_dots'), get('columns')

    if width and width % 8:
        errors.add(at('width_dots'), f'width_dots: {width} is not a multiple of 8')
    if width and columns and columns * FONT_DOTS_MIN > width:
        errors.add(at('columns'), f'columns: {columns} characters do not fit into {width} dots')
    if width and get('paper_mm') and width > get('paper_mm') * DOTS_PER_MM_MAX:
        errors.add(at('width_dots'), f'width_dots: {width} dots are wider than the paper')
    if get('one_way') == 'yes' and (get('status') != 'none' or get('completion') != 'none'):
        errors.add(at('one_way'), 'one_way: a printer that cannot answer has neither status nor '
                                  'completion')
    if get('status') == 'none' and get('completion') not in (None, 'none'):
        errors.add(at('completion'), 'completion: a printer without status answers, so it proves '
                                     'nothing')
    if get('cjk') == 'none' and get('raster') == 'none':
        errors.add(at('cjk'), 'cjk, raster: it could print Chinese neither as text nor as a picture')
    if 'raster' in row.values and 'raster_rows' in row.values:
        most = ROWS_MAX[get('raster')]
        if bool(most) != bool(get('raster_rows')) or get('raster_rows') > most:
            errors.add(at('raster_rows'), f'raster_rows: {get("raster")} takes '
                                          f'{"1 to " if most else ""}{most}')
