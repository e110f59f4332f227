/* Everything put together: one hall, its log, its devices and its web side on one libuv loop. */
#pragma once

#include "src/daemon/config.h"

enum {
	DAEMON_EXIT_OK = 0,
	DAEMON_EXIT_FAILED = 1,
	DAEMON_EXIT_CONFIG = 3,
	DAEMON_EXIT_LOG = 5,	   /* damaged, foreign or without its key */
	DAEMON_EXIT_TEMPORARY = 75 /* the log broke or is taken: a restart decides */
};

struct daemon_options {
	const struct config *config;
	int ready_fd; /* told "http://ADDRESS:PORT\n" when the hall is open; -1 nobody */
};

/* Runs until SIGINT or SIGTERM, or until the log breaks. Returns one of the exit codes; says on
 * stderr why it is not 0. */
int daemon_run(const struct daemon_options *options);
