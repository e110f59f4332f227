/* Sizes of the hall. Every table and every string that a person, a file or a peer can drive has
 * one of these as its limit; config check and decide() refuse what is larger and name the limit. */
#pragma once

enum {
	CORE_MAX_QUEUES = 64,
	CORE_MAX_WINDOWS = 256,
	CORE_MAX_ITEMS = 4096,
	CORE_MAX_DAY_TICKETS = 32768, /* issued on one service day */
	CORE_MAX_DAY_JOBS = 65536,    /* print jobs of one service day, reprints included */
	CORE_MAX_DAYS = 36525,	      /* service days of one log */
	CORE_MAX_WINDOW_QUEUES = 16,  /* queues that one window serves */
	CORE_MAX_CLERKS = 1024,
	CORE_MAX_PRINTERS = 64,	  /* that ever said something of themselves */
	CORE_MAX_PRINT_TRIES = 3, /* of one copy, as long as surely nothing came onto paper */
	CORE_MAX_CLERK_SKILLS = 16,
	CORE_MAX_BASELINES = 256,
	CORE_MAX_BASELINE_PARTS = 60,
	CORE_MAX_WINDOW_NUMBER = 999,
	CORE_MAX_TICKET_NUMBER = 9999, /* the digits behind the prefix */

	/* bytes of text with the closing NUL */
	CORE_ID_SIZE = 32,     /* queue, item, clerk, printer: [a-z0-9][a-z0-9._-]* */
	CORE_NAME_SIZE = 128,  /* UTF-8, one language */
	CORE_PREFIX_SIZE = 4,  /* [A-Z]{1,3} */
	CORE_NUMBER_SIZE = 12, /* "A001" */
	CORE_TOKEN_SIZE = 33,  /* 32 lower-case hex digits */
	CORE_BY_SIZE = 48,     /* who asked: "panel/1", "keypad/3", "api", "daemon" */
	CORE_CASE_SIZE = 48,   /* case reference of another system */
	CORE_BOOT_SIZE = 37,   /* /proc/sys/kernel/random/boot_id */
	CORE_ZONE_SIZE = 48,   /* IANA name, "Asia/Shanghai" */
	CORE_DETAIL_SIZE = 96, /* free text of a device, for the operator */
	CORE_DIGEST_SIZE = 65, /* 64 lower-case hex digits */
	CORE_PART_SIZE = 760,  /* a part of a baseline's lists; no event is longer for it */
};
