/* Helpers as child processes: found, started, ended. */
#pragma once

enum helper_kind { HELPER_RENDER = 0, HELPER_VOICE, HELPER_CHART };
enum { HELPER_MAX_ENDING = 4 };

struct helper {
	enum helper_kind kind;
	int pid; /* 0 none */
	/* Killed and not gone yet: a device that hangs in the kernel keeps its process. */
	int ending[HELPER_MAX_ENDING];
};

/* For renderer_create() and announcer_create(), with a struct helper as user. Looked for: what
 * ONEWINDOW_RENDER, ONEWINDOW_VOICE or ONEWINDOW_CHART names, next to this program, in
 * ../libexec/onewindow, and where a build leaves it. -ENOENT: nowhere. -EBUSY: too many of its kind
 * do not end. */
int helper_start(void *user, int *ret_fd);
/* Does not wait: helper_reap() takes it away when it is gone. */
void helper_stop(void *user);
/* -EBUSY: as many as can be remembered have not ended yet. */
int helper_reap(struct helper *helper);
/* The path that would be started, "" none. */
const char *helper_find(enum helper_kind kind);
