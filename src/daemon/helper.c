/* A helper as a child process. One socket is its input and its output; it ends when that is closed,
 * and is killed for the case that it does not. */
#include "src/daemon/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *name, *variable;
	const char *places[3]; /* the last is that of a build */
} kinds[] = {
	[HELPER_RENDER] = {"onewindow-render",
			   "ONEWINDOW_RENDER",
			   {"onewindow-render", "../libexec/onewindow/onewindow-render",
			    "../render/onewindow-render"}},
	[HELPER_VOICE] = {"onewindow-voice",
			  "ONEWINDOW_VOICE",
			  {"onewindow-voice", "../libexec/onewindow/onewindow-voice",
			   "../voice/onewindow-voice"}},
	[HELPER_CHART] = {"onewindow-chart",
			  "ONEWINDOW_CHART",
			  {"onewindow-chart", "../libexec/onewindow/onewindow-chart",
			   "../chart/onewindow-chart"}},
};

const char *helper_find(enum helper_kind kind)
{
	static char path[PATH_MAX];
	const char *named = getenv(kinds[kind].variable);
	char own[PATH_MAX];
	ssize_t n;
	char *slash;

	if (named) {
		snprintf(path, sizeof(path), "%s", named);
		return access(path, X_OK) == 0 ? path : "";
	}
	n = readlink("/proc/self/exe", own, sizeof(own) - 1);
	if (n <= 0)
		return "";
	own[n] = '\0';
	slash = strrchr(own, '/');
	if (!slash)
		return "";
	*slash = '\0';
	for (size_t i = 0; i < sizeof(kinds[kind].places) / sizeof(kinds[kind].places[0]); i++) {
		int len = snprintf(path, sizeof(path), "%s/%s", own, kinds[kind].places[i]);

		if (len > 0 && (size_t)len < sizeof(path) && access(path, X_OK) == 0)
			return path;
	}
	return "";
}

static int spawn(const char *path, const char *name, int fd, pid_t *ret_pid)
{
	char *const argv[] = {(char *)(uintptr_t)name, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t all;
	int r;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
	/* A Ctrl-C at the terminal is meant for the daemon, which ends the helper; and what the
	 * daemon ignores the helper must not. */
	posix_spawnattr_init(&attributes);
	sigfillset(&all);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	r = posix_spawn(ret_pid, path, &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return -r;
}

int helper_reap(struct helper *helper)
{
	int r = -EBUSY;

	for (size_t i = 0; i < HELPER_MAX_ENDING; i++) {
		if (helper->ending[i] && waitpid(helper->ending[i], NULL, WNOHANG) != 0)
			helper->ending[i] = 0;
		r = helper->ending[i] ? r : 0;
	}
	return r;
}

int helper_start(void *user, int *ret_fd)
{
	struct helper *helper = user;
	const char *path = helper_find(helper->kind);
	pid_t pid = 0;
	int pair[2];
	int r;

	if (!path[0])
		return -ENOENT;
	if (helper_reap(helper) < 0)
		return -EBUSY;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	r = spawn(path, kinds[helper->kind].name, pair[1], &pid);
	close(pair[1]);
	if (r == 0 && fcntl(pair[0], F_SETFL, O_NONBLOCK) < 0)
		r = -errno;
	if (r < 0) {
		close(pair[0]);
		return r;
	}
	helper->pid = pid;
	*ret_fd = pair[0];
	return 0;
}

/* Killed, it is gone soon, and nothing waits for it here. */
void helper_stop(void *user)
{
	struct helper *helper = user;

	if (helper->pid <= 0)
		return;
	kill(helper->pid, SIGKILL);
	for (size_t i = 0; i < HELPER_MAX_ENDING; i++) {
		if (helper->ending[i])
			continue;
		helper->ending[i] = helper->pid;
		break;
	}
	helper->pid = 0;
	(void)helper_reap(helper);
}
