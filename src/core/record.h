/* The hall's state as a list of every record's fields: what saving, loading, comparing and
 * digesting go by, so that none of them can forget a field that another knows. Inside src/core. */
#pragma once

#include "src/core/state.h"

enum value_kind {
	VALUE_INT,   /* signed, of 4 or 8 bytes */
	VALUE_COUNT, /* unsigned, of 4 or 8 bytes */
	VALUE_BOOL,
	VALUE_TEXT, /* with its NUL, zeros behind it (apply.c sees to it) */
};

struct value {
	enum value_kind kind;
	size_t offset, size;
};

/* A table of the state. The indexes are derived and stay out. */
struct record {
	const struct value *values;
	size_t value_count;
	size_t row_size;
	size_t rows, count;	 /* where struct hall has the pointer to them and their number */
	enum event_type reserve; /* the event that makes room for a row; 0: it comes with another */
};

/* RECORD_NODES behind RECORD_TICKETS, with which its rows come. */
enum record_id {
	RECORD_QUEUES,
	RECORD_WINDOWS,
	RECORD_ITEMS,
	RECORD_CLERKS,
	RECORD_TICKETS,
	RECORD_NODES,
	RECORD_JOBS,
	RECORD_DAYS,
	RECORD_PRINTERS,
	RECORD_BASELINES,
	RECORD_COUNT
};
extern const struct record records[RECORD_COUNT];
/* The hall itself: everything that is in no table, the tables' counts included. */
extern const struct record record_hall;

/* A record's values one behind the other: integers as zigzag and booleans and counts as plain
 * base-128 numbers, low groups first, text as its length and its bytes. */
enum { RECORD_BYTES_MAX = 2048 };
size_t record_write(const struct record *record, const void *row,
		    uint8_t ret_bytes[RECORD_BYTES_MAX]);
/* Back. Returns the bytes it took, or -EBADMSG: no record begins there; *ret_row is then undefined.
 * The row's padding and what is no value of it are left alone. */
int record_read(const struct record *record, const uint8_t *bytes, size_t size, void *ret_row);

const void *record_row(const struct hall *hall, const struct record *record, size_t i);
size_t record_rows(const struct hall *hall, const struct record *record);
