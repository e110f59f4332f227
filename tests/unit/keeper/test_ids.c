/* The table of command ids: what it finds, what it forgets, and that it is bounded. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/keeper/ids.h"

static void hash_of(unsigned int n, uint8_t ret_hash[STORE_HASH_SIZE])
{
	char id[STORE_COMMAND_ID_SIZE];

	snprintf(id, sizeof(id), "id-%u", n);
	ids_digest(id, ret_hash);
}

static void add(struct ids *ids, unsigned int n, int64_t day)
{
	struct ids_entry entry = {.first_seq = n * UINT64_C(2), .count = 2, .day = day};

	hash_of(n, entry.id_hash);
	hash_of(n, entry.body_hash);
	assert_int_equal(ids_reserve(ids), 0);
	ids_add(ids, &entry);
}

static bool find(const struct ids *ids, unsigned int n)
{
	struct ids_entry entry;
	uint8_t hash[STORE_HASH_SIZE];

	hash_of(n, hash);
	return ids_find(ids, hash, &entry);
}

static void test_find(void **state)
{
	struct ids_entry entry;
	uint8_t hash[STORE_HASH_SIZE];
	struct ids *ids;
	unsigned int i;

	(void)state;
	assert_int_equal(ids_create(&ids), 0);
	assert_false(find(ids, 1));
	for (i = 1; i <= 5000; i++)
		add(ids, i, 1);
	for (i = 1; i <= 5000; i++) {
		hash_of(i, hash);
		assert_true(ids_find(ids, hash, &entry));
		assert_int_equal(entry.first_seq, i * 2);
		assert_int_equal(entry.count, 2);
		assert_true(ids_same_body(&entry, hash));
		hash[15] ^= 1;
		assert_false(ids_same_body(&entry, hash));
	}
	assert_false(find(ids, 5001));
	ids_destroy(ids);
}

static void test_expire(void **state)
{
	struct ids *ids;

	(void)state;
	assert_int_equal(ids_create(&ids), 0);
	add(ids, 1, 0);
	add(ids, 2, 1);
	ids_expire(ids, 1);
	assert_int_equal(ids_count(ids), 2);
	add(ids, 3, 2);
	ids_expire(ids, 2);
	assert_false(find(ids, 1));
	assert_true(find(ids, 2));
	ids_expire(ids, 3);
	assert_false(find(ids, 2));
	assert_true(find(ids, 3));
	ids_expire(ids, 9);
	assert_int_equal(ids_count(ids), 0);
	ids_destroy(ids);
}

/* The ring goes round: two days of the ten are there at any time, and nothing else. */
static void test_days(void **state)
{
	enum { A_DAY = 1900 };
	struct ids *ids;
	unsigned int n = 0;

	(void)state;
	assert_int_equal(ids_create(&ids), 0);
	for (int64_t day = 1; day <= 10; day++) {
		ids_expire(ids, day);
		for (int i = 0; i < A_DAY; i++)
			add(ids, ++n, day);
		assert_int_equal(ids_count(ids), day == 1 ? A_DAY : 2 * A_DAY);
		for (unsigned int k = 1; k <= n; k++)
			assert_int_equal(find(ids, k), k + 2 * A_DAY > n);
	}
	ids_destroy(ids);
}

static void test_drop_after(void **state)
{
	struct ids *ids;

	(void)state;
	assert_int_equal(ids_create(&ids), 0);
	add(ids, 1, 1);
	add(ids, 2, 1);
	add(ids, 3, 1);
	ids_drop_after(ids, 4);
	assert_true(find(ids, 2));
	assert_false(find(ids, 3));
	add(ids, 3, 1);
	assert_true(find(ids, 3));
	ids_drop_after(ids, 0);
	assert_int_equal(ids_count(ids), 0);
	ids_destroy(ids);
}

static void test_bound(void **state)
{
	struct ids *ids;
	unsigned int i;

	(void)state;
	assert_int_equal(ids_create(&ids), 0);
	for (i = 1; i <= IDS_MAX + 2; i++)
		add(ids, i, 1);
	assert_int_equal(ids_count(ids), IDS_MAX);
	assert_false(find(ids, 1));
	assert_false(find(ids, 2));
	assert_true(find(ids, 3));
	assert_true(find(ids, IDS_MAX + 2));
	ids_destroy(ids);
}

static void expect_name(const char *id, int64_t day, const char *expected)
{
	uint8_t hash[STORE_HASH_SIZE], wanted[STORE_HASH_SIZE];
	char name[STORE_COMMAND_ID_SIZE];
	int64_t read_day;

	ids_write_name(id, day, name);
	if (expected)
		assert_string_equal(name, expected);
	ids_digest(id, wanted);
	assert_int_equal(ids_read_name(name, hash, &read_day), 0);
	assert_memory_equal(hash, wanted, sizeof(hash));
	assert_int_equal(read_day, day);
}

static void test_names(void **state)
{
	static const char *const bad[] = {
		"", "press-1", "7", "7x", ":a", "-1:a", "7#", "7#00", "99999999999999999999:a"};
	char id[STORE_COMMAND_ID_SIZE];
	uint8_t hash[STORE_HASH_SIZE];
	int64_t day;
	size_t i;

	(void)state;
	expect_name("press-1", 7, "7:press-1");
	expect_name("3:b", 12, "12:3:b");
	for (i = 1; i < sizeof(id); i++) {
		memset(id, 'x', i);
		id[i] = 0;
		expect_name(id, 1, NULL);
		expect_name(id, INT64_MAX, NULL);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ids_read_name(bad[i], hash, &day), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),	   cmocka_unit_test(test_expire),
		cmocka_unit_test(test_drop_after), cmocka_unit_test(test_bound),
		cmocka_unit_test(test_days),	   cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
