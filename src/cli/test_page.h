/* The page of `devices test`: what is printed, what is asked about it, and what the answers say of
 * the facts of a model. No link and no terminal in here. */
#pragma once

#include "drivers/driver.h"
#include "drivers/printer/document.h"
#include "src/cli/printers.h"

enum { TEST_MAX_ITEMS = 24, TEST_MAX_SETTINGS = 6, TEST_TEXT_SIZE = 208, TEST_WIDEST = 832 };

/* Parts are printed one by one, each with its own settings over those of the printer, so that what
 * the row denies is tried as well. */
enum test_part {
	TEST_TEXT,   /* encodings, natively */
	TEST_WIDTHS, /* as wide as the row says; sizes */
	TEST_STAIRS, /* only when the row's width was found wrong */
	TEST_QR,
	TEST_RASTER_V,
	TEST_RASTER_L,
	TEST_PARTIAL, /* cuts */
	TEST_FULL,
	TEST_PARTS
};

struct test_document {
	struct document document;
	struct document_item items[TEST_MAX_ITEMS];
	char texts[TEST_MAX_ITEMS][TEST_TEXT_SIZE];
	uint8_t *dots; /* of its picture */
	size_t rare;   /* the item with characters of four bytes, for test_page_draw(); 0 none */
	const char *settings[TEST_MAX_SETTINGS];
	size_t setting_count;
};

/* -ENOMEM. */
__attribute__((warn_unused_result)) int
test_page_make(struct test_document *ret, enum test_part part, const struct device_model *model);
void test_page_free(struct test_document *document);
/* test_draw.c: its rare characters as a picture, by the render helper. false: there is none, they
 * stay text. */
bool test_page_draw(struct test_document *page, const struct device_model *model);

/* What a person is asked. */
enum test_question {
	TEST_ASK_PAPER, /* needs no print */
	TEST_ASK_ASCII,
	TEST_ASK_GB2312,
	TEST_ASK_GBK,
	TEST_ASK_MIXED,
	TEST_ASK_RARE, /* only when it was drawn */
	TEST_ASK_RULER,
	TEST_ASK_STAIRS, /* a number; only after no to the ruler */
	TEST_ASK_COLUMNS,
	TEST_ASK_SIZES,
	TEST_ASK_QR,
	TEST_ASK_RASTER_V,
	TEST_ASK_RASTER_L,
	TEST_ASK_PARTIAL,
	TEST_ASK_FULL,
	TEST_QUESTIONS
};
struct test_question_text {
	const char *key; /* in a file of answers */
	enum test_part part;
	bool number;	     /* a number may be said besides y and n */
	const char *zh, *en; /* @ stands for what the row says */
};
extern const struct test_question_text test_questions[TEST_QUESTIONS];

enum { TEST_UNANSWERED = -2, TEST_NO = -1, TEST_YES = 0 }; /* above: the number */
/* y, yes, 是, n, no, 否, or digits. false: none of those, or a number where none is meant. */
bool test_read_answer(enum test_question question, const char *text, int *ret);

/* What the printing itself told. */
struct test_seen {
	bool printed_any; /* a part went through */
	bool answers_status;
	bool proved_printed, proved_processed;
};

enum test_verdict { TEST_NOT_ANSWERED, TEST_CONFIRMED, TEST_WRONG };
struct test_finding {
	enum test_verdict verdict;
	char found[FACT_VALUE_SIZE];	    /* WRONG: what it is, "" unknown */
	char setting[FACT_VALUE_SIZE + 16]; /* WRONG: "key=value" to be written, "" none */
};
/* For each fact of the row. */
void test_page_conclude(const struct device_model *model, const int answers[TEST_QUESTIONS],
			const struct test_seen *seen, struct test_finding ret[PRINTER_FACTS]);
