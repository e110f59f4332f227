/* The test page: documents, questions and what follows from the answers. */
#include "src/cli/test_page.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
	FONT_DOTS = 12,
	FONT_DOTS_MIN = 8,
	RULER_ROWS = 48,
	STAIR_ROWS = 16,
	BOARD_DOTS = 128,
	TICK_DOTS = 8
};

#define TEST_QR_TEXT "ONEWINDOW-TEST"
/* In GB2312; in GBK and not in GB2312; in GB18030 with four bytes. */
#define TEST_GB2312	"市民服务中心综合受理"
#define TEST_GBK	"镕堃喆瑄祎赟燊犇"
#define TEST_FOUR_BYTES "㐂𠮷"

/* Widths that heads have: 58 mm, 80 mm, wider. */
static const uint16_t stairs[] = {360, 384, 416, 432, 448, 512, 520, 546, 576, 640, 832};

const struct test_question_text test_questions[TEST_QUESTIONS] = {
	[TEST_ASK_PAPER] = {"paper", TEST_PARTS, true, "纸宽是否为 @ 毫米？否则输入毫米数",
			    "Is the paper @ mm wide? Else the millimetres"},
	[TEST_ASK_ASCII] = {"ascii", TEST_TEXT, false,
			    "第 1 行是否为 ABCXYZ abcxyz 0123456789 !#$%&?",
			    "Is line 1 ABCXYZ abcxyz 0123456789 !#$%&?"},
	[TEST_ASK_GB2312] = {"gb2312", TEST_TEXT, false, "第 2 行是否为 " TEST_GB2312 "？",
			     "Is line 2 " TEST_GB2312 "?"},
	[TEST_ASK_GBK] = {"gbk", TEST_TEXT, false, "第 3 行是否为 " TEST_GBK "？",
			  "Is line 3 " TEST_GBK "?"},
	[TEST_ASK_MIXED] = {"mixed", TEST_TEXT, false, "第 4 行是否为 中文ABC123中文xyz？",
			    "Is line 4 中文ABC123中文xyz?"},
	[TEST_ASK_RARE] = {"rare", TEST_TEXT, false, "第 5 行（图像）是否为 " TEST_FOUR_BYTES "？",
			   "Is line 5, which is a picture, " TEST_FOUR_BYTES "?"},
	[TEST_ASK_RULER] = {"ruler", TEST_WIDTHS, false,
			    "标尺为 @ 点：左右两端的粗竖线是否都完整？",
			    "The ruler is @ dots wide: are the thick bars at both its ends whole?"},
	[TEST_ASK_STAIRS] = {"stairs", TEST_STAIRS, true, "阶梯中右端竖线完整的最大数字是多少？",
			     "Of the stairs, which is the largest number whose bar at the right is "
			     "whole?"},
	[TEST_ASK_COLUMNS] =
		{"columns", TEST_WIDTHS, true,
		 "数字行应有 @ 个字符，恰好一行：是否如此？否则输入一行的字符数",
		 "The row of digits has @ characters and should fill one line: does it? "
		 "Else how many are in its first line"},
	[TEST_ASK_SIZES] = {"sizes", TEST_WIDTHS, false, "1 到 8 的字是否依次变大？",
			    "Do the characters 1 to 8 grow one by one?"},
	[TEST_ASK_QR] = {"qr", TEST_QR, false, "二维码扫出来是否为 " TEST_QR_TEXT "？",
			 "Does the QR code read " TEST_QR_TEXT "?"},
	[TEST_ASK_RASTER_V] = {"raster-v", TEST_RASTER_V, false, "标 V 的棋盘图是否完整、无乱码？",
			       "Is the chessboard marked V whole, and no stray characters by it?"},
	[TEST_ASK_RASTER_L] = {"raster-l", TEST_RASTER_L, false, "标 L 的棋盘图是否完整、无乱码？",
			       "Is the chessboard marked L whole, and no stray characters by it?"},
	[TEST_ASK_PARTIAL] = {"partial", TEST_PARTIAL, false,
			      "“PARTIAL 半切”之后纸是否被切，留有一点相连？",
			      "Was the paper cut behind \"PARTIAL\", with a bit left uncut?"},
	[TEST_ASK_FULL] = {"full", TEST_FULL, false, "“FULL 全切”之后纸是否被完全切断？",
			   "Was the paper cut off behind \"FULL\"?"},
};

/* ---- documents ------------------------------------------------------------------------------ */

static struct document_item *add(struct test_document *page, enum document_kind kind)
{
	struct document_item *item = &page->items[page->document.count++];

	*item = (struct document_item){.kind = kind, .width = 1, .height = 1};
	return item;
}

__attribute__((format(printf, 2, 3))) static struct document_item *
add_text(struct test_document *page, const char *format, ...)
{
	char *text = page->texts[page->document.count];
	struct document_item *item = add(page, DOCUMENT_TEXT);
	va_list args;

	va_start(args, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start stands above */
	vsnprintf(text, TEST_TEXT_SIZE, format, args);
	va_end(args);
	item->text = text;
	return item;
}

static void set(struct test_document *page, const char *setting)
{
	page->settings[page->setting_count++] = setting;
}

static void blacken(uint8_t *dots, size_t stride, size_t x, size_t y)
{
	dots[y * stride + x / 8] |= (uint8_t)(0x80 >> x % 8);
}

static int add_picture(struct test_document *page, uint32_t width, uint32_t height)
{
	struct document_item *item = add(page, DOCUMENT_PICTURE);

	page->dots = calloc((width + 7) / 8, height);
	if (!page->dots)
		return -ENOMEM;
	item->picture =
		(struct document_picture){.width_dots = width, .height_dots = height, page->dots};
	return 0;
}

/* A bar at each end, a line between, a tick each millimetre, longer ones each centimetre. */
static int add_ruler(struct test_document *page, uint32_t width)
{
	size_t stride = (width + 7) / 8;
	int r = add_picture(page, width, RULER_ROWS);

	for (uint32_t x = 0; r == 0 && x < width; x++) {
		bool end = x < 4 || x >= width - 4;
		uint32_t rows = end			    ? RULER_ROWS
				: x % (10 * TICK_DOTS) == 0 ? RULER_ROWS * 2 / 3
				: x % TICK_DOTS == 0	    ? RULER_ROWS / 3
							    : 2;

		for (uint32_t y = 0; y < rows; y++)
			blacken(page->dots, stride, x, y);
	}
	return r;
}

/* For each width a line that ends with a bar; its number stands above it as text. */
static int add_stairs(struct test_document *page)
{
	size_t count = sizeof(stairs) / sizeof(stairs[0]), stride = (TEST_WIDEST + 7) / 8;
	int r = add_picture(page, TEST_WIDEST, (uint32_t)count * STAIR_ROWS);

	for (size_t i = 0; r == 0 && i < count; i++)
		for (size_t x = 0; x < stairs[i]; x++)
			for (size_t y = 0; y < STAIR_ROWS - 4; y++)
				if (x + 4 >= stairs[i] || y == STAIR_ROWS - 5)
					blacken(page->dots, stride, x, i * STAIR_ROWS + y);
	return r;
}

static int add_board(struct test_document *page)
{
	size_t stride = BOARD_DOTS / 8;
	int r = add_picture(page, BOARD_DOTS, BOARD_DOTS);

	for (size_t y = 0; r == 0 && y < BOARD_DOTS; y++)
		for (size_t x = 0; x < BOARD_DOTS; x++)
			if ((x / 16 + y / 16) % 2)
				blacken(page->dots, stride, x, y);
	return r;
}

static void make_text(struct test_document *page)
{
	set(page, "cjk=gbk");
	add_text(page, "onewindow 打印机测试页 TEST PAGE")->bold = true;
	add_text(page, "1 ABCXYZ abcxyz 0123456789 !#$%%&?");
	add_text(page, "2 " TEST_GB2312);
	add_text(page, "3 " TEST_GBK);
	add_text(page, "4 中文ABC123中文xyz");
	page->rare = page->document.count;
	add_text(page, "5 " TEST_FOUR_BYTES);
}

static int make_widths(struct test_document *page, const struct device_model *model)
{
	int columns = model->u.printer.columns, r;

	add_text(page, "%d dots", model->u.printer.width_dots);
	r = add_ruler(page, model->u.printer.width_dots);
	add_text(page, "%d characters", columns);
	add_text(page, "%.*s", columns,
		 "123456789012345678901234567890123456789012345678901234567890123456789012345678901"
		 "23456789012345678901234567890");
	for (uint8_t size = 1; size <= 8; size++) {
		struct document_item *item = add_text(page, "%d", size);

		item->width = item->height = size;
	}
	return r;
}

static int make_board(struct test_document *page, const char *mark)
{
	add_text(page, "%s", mark);
	return add_board(page);
}

static void make_cut(struct test_document *page, const char *text)
{
	add_text(page, "%s", text);
	add(page, DOCUMENT_CUT);
}

int test_page_make(struct test_document *ret, enum test_part part, const struct device_model *model)
{
	int r = 0;

	*ret = (struct test_document){0};
	ret->document.items = ret->items;
	/* Over a one-way cable nothing is answered, and then that is known. */
	set(ret, "one_way=no");
	set(ret, "status=automatic");
	set(ret, "completion=printed");
	switch (part) {
	case TEST_TEXT: make_text(ret); break;
	case TEST_WIDTHS:
		if (model->u.printer.raster == PRINTER_RASTER_NONE)
			set(ret, "raster=gs-v");
		r = make_widths(ret, model);
		break;
	case TEST_STAIRS:
		if (model->u.printer.raster == PRINTER_RASTER_NONE)
			set(ret, "raster=gs-v");
		set(ret, "width_dots=832");
		for (size_t i = 0; i < sizeof(stairs) / sizeof(stairs[0]); i++)
			snprintf(ret->texts[0] + strlen(ret->texts[0]),
				 TEST_TEXT_SIZE - strlen(ret->texts[0]), "%s%d", i ? " " : "",
				 stairs[i]);
		add(ret, DOCUMENT_TEXT)->text = ret->texts[0];
		r = add_stairs(ret);
		break;
	case TEST_QR: {
		struct document_item *item;

		set(ret, "qr=yes");
		add_text(ret, "QR " TEST_QR_TEXT);
		item = add(ret, DOCUMENT_QR);
		item->text = TEST_QR_TEXT;
		break;
	}
	case TEST_RASTER_V:
		set(ret, "raster=gs-v");
		r = make_board(ret, "V  GS v 0");
		break;
	case TEST_RASTER_L:
		set(ret, "raster=gs-l");
		set(ret, "raster_rows=256");
		r = make_board(ret, "L  GS ( L");
		break;
	case TEST_PARTIAL:
		set(ret, "cutter=partial");
		make_cut(ret, "PARTIAL 半切");
		break;
	case TEST_FULL:
		set(ret, "cutter=full");
		make_cut(ret, "FULL 全切");
		break;
	case TEST_PARTS: break;
	}
	return r;
}

void test_page_free(struct test_document *document)
{
	free(document->dots);
	document->dots = NULL;
}

/* ---- answers -------------------------------------------------------------------------------- */

/* What a setting of that name would take. */
static bool can_be(enum test_question question, int number)
{
	switch (question) {
	case TEST_ASK_PAPER: return number >= 58 && number <= 80;
	case TEST_ASK_COLUMNS: return number >= 16 && number <= 104;
	case TEST_ASK_STAIRS:
		for (size_t i = 0; i < sizeof(stairs) / sizeof(stairs[0]); i++)
			if (stairs[i] == number)
				return true;
		return false;
	default: return false;
	}
}

bool test_read_answer(enum test_question question, const char *text, int *ret)
{
	static const char *const yes[] = {"y", "Y", "yes", "是"};
	static const char *const no[] = {"n", "N", "no", "否"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (!strcmp(text, yes[i]) && question != TEST_ASK_STAIRS) {
			*ret = TEST_YES;
			return true;
		}
		if (!strcmp(text, no[i])) {
			*ret = TEST_NO;
			return true;
		}
	}
	if (strspn(text, "0123456789") != strlen(text) || strlen(text) < 1 || strlen(text) > 4 ||
	    !can_be(question, atoi(text)))
		return false;
	*ret = atoi(text);
	return true;
}

/* ---- conclusions ---------------------------------------------------------------------------- */

static void confirm(struct test_finding *finding)
{
	finding->verdict = TEST_CONFIRMED;
}

/* found: "" unknown. */
static void refute(struct test_finding *finding, size_t fact, const char *found)
{
	finding->verdict = TEST_WRONG;
	snprintf(finding->found, sizeof(finding->found), "%s", found);
	if (found[0])
		snprintf(finding->setting, sizeof(finding->setting), "%s=%s", cli_fact_name(fact),
			 found);
}

static void judge(const struct device_model *model, size_t fact, const char *found,
		  struct test_finding *finding)
{
	char value[FACT_VALUE_SIZE];

	cli_fact_value(model, fact, value);
	if (!strcmp(value, found))
		confirm(finding);
	else
		refute(finding, fact, found);
}

static void judge_number(int answer, int row, size_t fact, struct test_finding *finding)
{
	char found[FACT_VALUE_SIZE] = "";

	if (answer == TEST_UNANSWERED)
		return;
	if (answer == TEST_YES || answer == row) {
		confirm(finding);
		return;
	}
	if (answer > 0)
		snprintf(found, sizeof(found), "%d", answer);
	refute(finding, fact, found);
}

/* The row's own way first; where that failed, what worked; where neither did, none. */
static const char *best_of(const char *row, int first, const char *first_word, int second,
			   const char *second_word)
{
	if (first == TEST_YES && (second != TEST_YES || !strcmp(row, first_word)))
		return first_word;
	if (second == TEST_YES)
		return second_word;
	if (first == TEST_YES)
		return first_word;
	if (first == TEST_NO && second == TEST_NO)
		return "none";
	return NULL; /* not enough was answered */
}

static void judge_best(const struct device_model *model, size_t fact, int first,
		       const char *first_word, int second, const char *second_word,
		       struct test_finding *finding)
{
	char value[FACT_VALUE_SIZE];
	const char *best;

	cli_fact_value(model, fact, value);
	/* The row's own way was tried and nobody looked. */
	if ((!strcmp(value, first_word) && first == TEST_UNANSWERED) ||
	    (!strcmp(value, second_word) && second == TEST_UNANSWERED))
		return;
	best = best_of(value, first, first_word, second, second_word);
	if (best)
		judge(model, fact, best, finding);
}

static void judge_cjk(const struct device_model *model, const int *answers,
		      struct test_finding *finding)
{
	if (answers[TEST_ASK_GB2312] == TEST_NO)
		judge(model, FACT_CJK, "none", finding);
	else if (answers[TEST_ASK_GB2312] == TEST_YES && answers[TEST_ASK_GBK] != TEST_UNANSWERED)
		judge(model, FACT_CJK, answers[TEST_ASK_GBK] == TEST_YES ? "gbk" : "gb2312",
		      finding);
}

/* What came back while it printed. Whether automatic status is more than its name nobody saw. */
static void judge_answers(const struct device_model *model, const struct test_seen *seen,
			  struct test_finding *status, struct test_finding *completion,
			  struct test_finding *one_way)
{
	bool any = seen->answers_status || seen->proved_printed || seen->proved_processed;

	if (!seen->printed_any)
		return;
	if (!any)
		judge(model, FACT_STATUS, "none", status);
	else if (model->u.printer.status == PRINTER_STATUS_NONE)
		judge(model, FACT_STATUS, "automatic", status);
	else
		confirm(status);
	judge(model, FACT_COMPLETION,
	      seen->proved_printed     ? "printed"
	      : seen->proved_processed ? "processed"
				       : "none",
	      completion);
	/* A two-way cable that says nothing is no different from a one-way one to look at. */
	if (any)
		judge(model, FACT_ONE_WAY, "no", one_way);
	else if (model->u.printer.one_way)
		confirm(one_way);
}

/* Two answers that cannot both be true of a printer are not both written down. */
static void reconcile(const struct device_model *model, struct test_finding *ret)
{
	char cjk[FACT_VALUE_SIZE], raster[FACT_VALUE_SIZE], text[FACT_VALUE_SIZE];
	int width = model->u.printer.width_dots, columns = model->u.printer.columns;

	cli_fact_value(model, FACT_CJK, cjk);
	cli_fact_value(model, FACT_RASTER, raster);
	if (!strcmp(ret[FACT_CJK].setting[0] ? ret[FACT_CJK].found : cjk, "none") &&
	    !strcmp(ret[FACT_RASTER].setting[0] ? ret[FACT_RASTER].found : raster, "none"))
		ret[FACT_CJK].setting[0] = ret[FACT_RASTER].setting[0] = '\0';
	if (ret[FACT_WIDTH_DOTS].found[0])
		width = atoi(ret[FACT_WIDTH_DOTS].found);
	if (ret[FACT_COLUMNS].found[0])
		columns = atoi(ret[FACT_COLUMNS].found);
	if (columns * FONT_DOTS_MIN <= width)
		return;
	snprintf(text, sizeof(text), "%d", width / FONT_DOTS);
	refute(&ret[FACT_COLUMNS], FACT_COLUMNS, text);
}

void test_page_conclude(const struct device_model *model, const int answers[TEST_QUESTIONS],
			const struct test_seen *seen, struct test_finding ret[PRINTER_FACTS])
{
	int width = answers[TEST_ASK_RULER];

	for (size_t i = 0; i < PRINTER_FACTS; i++)
		ret[i] = (struct test_finding){.verdict = TEST_NOT_ANSWERED};
	if (width == TEST_NO && answers[TEST_ASK_STAIRS] > 0)
		width = answers[TEST_ASK_STAIRS] / 8 * 8;
	judge_number(answers[TEST_ASK_PAPER], model->u.printer.paper_mm, FACT_PAPER_MM,
		     &ret[FACT_PAPER_MM]);
	judge_number(width, model->u.printer.width_dots, FACT_WIDTH_DOTS, &ret[FACT_WIDTH_DOTS]);
	judge_number(answers[TEST_ASK_COLUMNS], model->u.printer.columns, FACT_COLUMNS,
		     &ret[FACT_COLUMNS]);
	judge_cjk(model, answers, &ret[FACT_CJK]);
	judge_best(model, FACT_RASTER, answers[TEST_ASK_RASTER_V], "gs-v",
		   answers[TEST_ASK_RASTER_L], "gs-l", &ret[FACT_RASTER]);
	judge_best(model, FACT_CUTTER, answers[TEST_ASK_PARTIAL], "partial", answers[TEST_ASK_FULL],
		   "full", &ret[FACT_CUTTER]);
	if (answers[TEST_ASK_QR] != TEST_UNANSWERED)
		judge(model, FACT_QR, answers[TEST_ASK_QR] == TEST_YES ? "yes" : "no",
		      &ret[FACT_QR]);
	judge_answers(model, seen, &ret[FACT_STATUS], &ret[FACT_COMPLETION], &ret[FACT_ONE_WAY]);
	reconcile(model, ret);
}
