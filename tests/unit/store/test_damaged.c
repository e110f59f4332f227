/* A byte altered in the page that says what tables there are, or what a page is: whoever reads the
 * log calls it damaged or reads what was written, and nobody takes it for a disk that fails. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/store/days_log.h"
#include "tests/unit/store/log_file.h"

enum { PAGE_SIZE = 4096 };

/* What one pass over the log gave, and its words where it gave an error. */
struct pass {
	char error[STORE_ERROR_SIZE];
	uint8_t seen[65536];
	size_t len;
};

static void add(struct pass *pass, const void *bytes, size_t len)
{
	if (!len)
		return;
	assert_true(pass->len + len <= sizeof(pass->seen));
	memcpy(pass->seen + pass->len, bytes, len);
	pass->len += len;
}

static int add_row(void *user, const struct store_row *row)
{
	add(user, &row->event.seq, sizeof(row->event.seq));
	add(user, row->hash, sizeof(row->hash));
	return 0;
}

static int add_day(void *user, const struct store_day *day)
{
	add(user, &day->date, sizeof(day->date));
	add(user, &day->first_seq, sizeof(day->first_seq));
	add(user, &day->last_seq, sizeof(day->last_seq));
	for (int part = 0; part < STORE_DIGEST_PARTS; part++)
		add(user, day->parts[part].bytes, day->parts[part].size);
	return 0;
}

static int verifies(struct pass *pass)
{
	const struct store_verify_options options = {.digest = &test_digest};
	struct store_verify_result result;
	int r = store_verify_with(log_path, &options, &result);

	memcpy(pass->error, result.detail, sizeof(pass->error));
	add(pass, result.head, sizeof(result.head));
	return r;
}

static int read_all(struct store_reader *reader, struct pass *pass)
{
	const struct store_days_query query = all_days();
	uint8_t hash[STORE_HASH_SIZE];
	struct store_head head;
	uint64_t at;
	uint32_t events;
	int r = store_reader_days(reader, &query, add_day, pass);

	if (r == 0)
		r = store_reader_each(reader, 1, UINT64_MAX, add_row, pass);
	if (r == 0)
		r = store_reader_context(reader, 1, UINT64_MAX, add_row, pass);
	if (r == 0)
		r = store_reader_head(reader, &head);
	if (r == 0)
		r = store_reader_hash_rows(reader, 1, 8, hash);
	if (r == 0)
		r = store_reader_command(reader, "none", &at, hash, &events);
	if (r == 0) {
		add(pass, head.hash, sizeof(head.hash));
		add(pass, hash, sizeof(hash));
	}
	return r;
}

/* All that a report, `log show` and `ticket why` ask. */
static int reads(struct pass *pass)
{
	struct store_reader *reader;
	int r = store_reader_open(&reader, log_path, pass->error);

	if (r < 0)
		return r;
	r = read_all(reader, pass);
	if (r < 0)
		memcpy(pass->error, store_reader_detail(reader), sizeof(pass->error));
	store_reader_close(reader);
	return r;
}

/* As another program's, a newer one's or another key's: that stands in this page, too. */
static bool is_called_damaged(int r)
{
	return r == -EBADMSG || r == -EMEDIUMTYPE || r == -ENOTSUP || r == -ENOKEY;
}

static void check(int (*run)(struct pass *pass), const struct pass *whole, off_t at, uint8_t flip)
{
	static struct pass pass;
	int r;

	pass.len = 0;
	pass.error[0] = '\0';
	r = run(&pass);
	if (r == 0 && pass.len == whole->len && !memcmp(pass.seen, whole->seen, pass.len))
		return;
	if (!is_called_damaged(r) || !pass.error[0])
		fail_msg("%s, byte %ld ^ %02x: %s (%d) \"%s\"", run == reads ? "read" : "verify",
			 (long)at, flip, r ? strerror(-r) : "other figures", r, pass.error);
}

static struct pass verified, read_whole;
static int fd = -1;

static int begin(void **state)
{
	if (log_make_folder(state) < 0)
		return -1;
	verified.len = read_whole.len = 0;
	write_log();
	close_log();
	assert_int_equal(verifies(&verified), 0);
	assert_int_equal(reads(&read_whole), 0);
	fd = open(log_path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -1 : 0;
}

static int end(void **state)
{
	close(fd);
	return makers_alive ? -1 : log_remove_folder(state);
}

static void check_byte(off_t at, uint8_t flip)
{
	uint8_t whole, spoilt;

	assert_int_equal(pread(fd, &whole, 1, at), 1);
	spoilt = whole ^ flip;
	assert_int_equal(pwrite(fd, &spoilt, 1, at), 1);
	check(verifies, &verified, at, flip);
	check(reads, &read_whole, at, flip);
	assert_int_equal(pwrite(fd, &whole, 1, at), 1);
}

static void every_byte_of_the_first_page(void **state)
{
	static const uint8_t flips[] = {0x01, 0x10, 0x20, 0x80, 0xff};

	(void)state;
	for (off_t at = 0; at < PAGE_SIZE; at++)
		check_byte(at, flips[at % (off_t)sizeof(flips)]);
}

/* The kind of a page, first in it: a page that cannot be read is no page without rows. */
static void the_kind_of_every_page(void **state)
{
	off_t end = lseek(fd, 0, SEEK_END);

	(void)state;
	assert_true(end > 8 * PAGE_SIZE);
	for (off_t at = PAGE_SIZE; at < end; at += PAGE_SIZE)
		check_byte(at, 0xff);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_byte_of_the_first_page),
		TEST(the_kind_of_every_page),
	};

	return cmocka_run_group_tests_name("store-damaged", tests, NULL, NULL);
}
