/* The render helper as a child process: found, started, ended. */
#pragma once

#include "src/devices/renderer.h"

struct helper {
	int pid; /* 0 none */
};

/* For renderer_create(), with a struct helper as user. Looked for: what ONEWINDOW_RENDER names,
 * next to this program, in ../libexec/onewindow, and where a build leaves it. -ENOENT: nowhere. */
int helper_start(void *user, int *ret_fd);
void helper_stop(void *user);
/* The path that would be started, "" none. */
const char *helper_find(void);
