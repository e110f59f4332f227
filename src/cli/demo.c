/* onewindow demo: a virtual hall and the daemon that runs it, as two processes with one address to
 * open. Devices are virtual, everything else is what a real hall runs. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libconfig.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/cli/cli.h"

/* docs/hall.conf, put in by the build. */
extern const char demo_hall_conf[];

enum { START_TIMEOUT_MS = 30000, STATE_MAX_BYTES = 65536 };

struct demo {
	char folder[512];
	char virtual_hall[600];
	int64_t port;
	bool keep;
	pid_t hall, daemon;
	json_t *state; /* what virtual-hall said when it was ready */
	char url[128]; /* the daemon's */
};

static error_t parse_demo(int key, char *arg, struct argp_state *state)
{
	struct demo *demo = state->input;
	char *end = NULL;

	switch (key) {
	case 'd':
		snprintf(demo->folder, sizeof(demo->folder), "%s", arg);
		demo->keep = true;
		break;
	case 'v': snprintf(demo->virtual_hall, sizeof(demo->virtual_hall), "%s", arg); break;
	case 'p':
		demo->port = strtol(arg, &end, 10);
		if (end == arg || *end || demo->port < 0 || demo->port > 65535)
			argp_error(state, "--port %s: 须为 0 至 65535 allowed: 0 to 65535", arg);
		break;
	case ARGP_KEY_ARG: argp_error(state, "多余的词 no word is expected here: %s", arg); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* Installed, virtual-hall lies beside onewindow; in a build folder, where meson puts it. */
static bool find_virtual_hall(struct demo *demo)
{
	static const char *const places[] = {"virtual-hall",
					     "../../firmware-host/port/host/virtual-hall"};
	char self[400];
	ssize_t n;

	if (demo->virtual_hall[0])
		return access(demo->virtual_hall, X_OK) == 0;
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0)
		return false;
	self[n] = '\0';
	*(strrchr(self, '/') + 1) = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(demo->virtual_hall, sizeof(demo->virtual_hall), "%s%s", self, places[i]);
		if (access(demo->virtual_hall, X_OK) == 0)
			return true;
	}
	return false;
}

/* Starts a child whose line on a pipe says that it is ready; end_child() ends it. */
static int start_child(char *const argv[], pid_t *ret_pid, int ready_write, int ready_read)
{
	sigset_t none;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		setpgid(0, 0);
		close(ready_read);
		execv(argv[0], argv);
		fprintf(stderr, "onewindow: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	close(ready_write);
	*ret_pid = pid;
	return 0;
}

/* Reads up to a newline; -ETIME, -EPIPE if the child went before. */
static int read_line(int fd, char *ret, size_t size)
{
	size_t used = 0;

	while (used + 1 < size) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (poll(&ready, 1, START_TIMEOUT_MS) <= 0)
			return -ETIME;
		n = read(fd, ret + used, 1);
		if (n <= 0)
			return -EPIPE;
		if (ret[used] == '\n')
			break;
		used++;
	}
	ret[used] = '\0';
	return 0;
}

static int start_virtual_hall(struct demo *demo, const char *self)
{
	char state_path[32], text[STATE_MAX_BYTES], report[1024];
	char *argv[] = {demo->virtual_hall,
			(char *)"--state",
			state_path,
			(char *)"--report",
			report,
			NULL};
	int fds[2];
	int r;

	if (pipe(fds) < 0)
		return -errno;
	fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	snprintf(state_path, sizeof(state_path), "/dev/fd/%d", fds[1]);
	snprintf(report, sizeof(report), "%s report --log %s/onewindow.log.db", self, demo->folder);
	r = start_child(argv, &demo->hall, fds[1], fds[0]);
	if (r == 0)
		r = read_line(fds[0], text, sizeof(text));
	close(fds[0]);
	if (r < 0)
		return r;
	demo->state = json_loads(text, 0, NULL);
	return demo->state ? 0 : -EBADMSG;
}

/* Of the row with that id, if there is one. */
static void set_url(config_t *config, const char *list, const char *id, const json_t *value)
{
	config_setting_t *rows = config_lookup(config, list);
	int count = rows ? config_setting_length(rows) : 0;

	for (int i = 0; i < count && json_is_string(value); i++) {
		config_setting_t *row = config_setting_get_elem(rows, (unsigned)i), *url;
		const char *named;

		if (!config_setting_lookup_string(row, "id", &named) || strcmp(named, id) != 0)
			continue;
		url = config_setting_get_member(row, "url");
		if (url)
			config_setting_set_string(url, json_string_value(value));
	}
}

/* The founding hall, for whoever wants to change it; what is there stays. */
static int write_hall(const char *path)
{
	FILE *file = fopen(path, "wx");
	int r = 0;

	if (!file)
		return errno == EEXIST ? 0 : -errno;
	if (fputs(demo_hall_conf, file) < 0)
		r = -EIO;
	return fclose(file) == 0 ? r : -EIO;
}

/* The same with the virtual devices' addresses, for the daemon. */
static int write_config(const struct demo *demo, const char *hall, const char *path)
{
	json_t *lines = json_object_get(demo->state, "lines");
	config_t config;
	config_setting_t *port;
	int r = -EINVAL;

	config_init(&config);
	config_set_include_dir(&config, demo->folder);
	if (!config_read_file(&config, hall)) {
		fprintf(stderr, "%s:%d: 写法有误 cannot be read: %s\n",
			config_error_file(&config) ? config_error_file(&config) : hall,
			config_error_line(&config), config_error_text(&config));
		goto out;
	}
	set_url(&config, "lines", "boards", json_object_get(lines, "boards"));
	set_url(&config, "lines", "keypads", json_object_get(lines, "keypads"));
	set_url(&config, "lines", "panel", json_object_get(lines, "panel"));
	set_url(&config, "printers", "dispenser", json_object_get(demo->state, "printer"));
	port = config_lookup(&config, "web.port");
	if (port)
		config_setting_set_int(port, (int)demo->port);
	r = config_write_file(&config, path) ? 0 : -EIO;
out:
	config_destroy(&config);
	return r;
}

static int start_daemon(struct demo *demo, char *self, char *config_path)
{
	char fd_text[16];
	char *argv[] = {self,	     (char *)"serve",	   (char *)"--config",
			config_path, (char *)"--ready-fd", fd_text,
			NULL};
	int fds[2];
	int r;

	if (pipe(fds) < 0)
		return -errno;
	fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	snprintf(fd_text, sizeof(fd_text), "%d", fds[1]);
	r = start_child(argv, &demo->daemon, fds[1], fds[0]);
	if (r == 0)
		r = read_line(fds[0], demo->url, sizeof(demo->url));
	close(fds[0]);
	return r;
}

static void end_child(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

static void print_welcome(const struct demo *demo, const char *self, const char *config_path)
{
	const char *page = json_string_value(json_object_get(demo->state, "page"));

	printf("\n  打开 Open:  %s\n\n", page ? page : "?");
	printf("  取号 take a number, 呼叫 call it; then 报表 the report:\n");
	printf("    %s report --log %s/onewindow.log.db\n", self, demo->folder);
	printf("  设备与打印任务 devices and print jobs:\n");
	printf("    %s devices --url %s\n    %s jobs --url %s\n", self, demo->url, self, demo->url);
	printf("  API: %s/api/v1/hall    config: %s\n", demo->url, config_path);
	printf("  Ctrl-C 结束演示%s\n",
	       demo->keep ? " ends the demo."
			  : "并删除其日志 ends the demo and deletes its log; 要保留 to keep it: "
			    "onewindow demo --dir FOLDER");
	fflush(stdout);
}

/* Until a signal or until one of the two ends by itself. */
static int wait_for_end(struct demo *demo, int signals)
{
	for (;;) {
		struct signalfd_siginfo info;
		int status;
		pid_t pid;

		if (read(signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
			return CLI_REFUSED;
		if (info.ssi_signo != SIGCHLD)
			return CLI_OK;
		pid = waitpid(-1, &status, WNOHANG);
		if (pid <= 0)
			continue;
		fprintf(stderr, "onewindow demo: 意外结束 %s ended by itself\n",
			pid == demo->hall ? "virtual-hall" : "the daemon");
		if (pid == demo->hall)
			demo->hall = 0;
		else
			demo->daemon = 0;
		return CLI_REFUSED;
	}
}

static void remove_folder(const struct demo *demo)
{
	static const char *const files[] = {"hall.conf",
					    "demo.conf",
					    "onewindow.log.db",
					    "onewindow.log.db-wal",
					    "onewindow.log.db-shm",
					    "onewindow.log.db.key",
					    "onewindow.log.db.lock"};
	char path[600];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", demo->folder, files[i]);
		unlink(path);
	}
	rmdir(demo->folder);
}

static int run(struct demo *demo)
{
	char hall_path[600], config_path[600], self[400];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	sigset_t set;
	int signals, r;

	if (n < 0)
		return CLI_REFUSED;
	self[n] = '\0';
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	snprintf(hall_path, sizeof(hall_path), "%s/hall.conf", demo->folder);
	snprintf(config_path, sizeof(config_path), "%s/demo.conf", demo->folder);
	r = start_virtual_hall(demo, self);
	if (r == 0)
		r = write_hall(hall_path);
	if (r == 0)
		r = write_config(demo, hall_path, config_path);
	if (r == 0)
		r = start_daemon(demo, self, config_path);
	if (r < 0) {
		fprintf(stderr, "onewindow demo: 未能启动 did not start: %s\n",
			r == -EPIPE || r == -EINVAL ? "原因见上一行 the line above says why"
						    : strerror(-r));
		r = CLI_REFUSED;
	} else {
		print_welcome(demo, self, hall_path);
		r = wait_for_end(demo, signals);
	}
	end_child(demo->daemon);
	end_child(demo->hall);
	json_decref(demo->state);
	close(signals);
	return r;
}

int cli_demo(int argc, char **argv)
{
	static const struct argp_option list[] = {
		{"dir", 'd', "FOLDER", 0,
		 "配置 hall.conf 和日志存于此，再次使用时沿用 keep the configuration, hall.conf, "
		 "and "
		 "the log there, and go on with them; demo.conf is the same with the virtual "
		 "devices' addresses (default: a temporary one, removed at the end)",
		 0},
		{"port", 'p', "PORT", 0, "API 端口 of the daemon's API (default: a free one)", 0},
		{"virtual-hall", 'v', "PROGRAM", 0, "虚拟设备程序 where virtual-hall is", 0},
		{0},
	};
	struct argp argp = {list,
			    parse_demo,
			    "",
			    "Run a hall with virtual devices; open the address it "
			    "prints. 运行带虚拟设备的演示大厅。",
			    NULL,
			    NULL,
			    NULL};
	struct demo demo = {0};
	int r;

	r = cli_parse(&argp, argc, argv, &demo);
	if (r)
		return r;
	if (!find_virtual_hall(&demo)) {
		fprintf(stderr,
			"onewindow demo: 没有虚拟设备程序 no program virtual-hall; build with "
			"-Dfirmware-host=enabled\n");
		return CLI_REFUSED;
	}
	if (!demo.keep) {
		snprintf(demo.folder, sizeof(demo.folder), "/tmp/onewindow-demo-XXXXXX");
		if (!mkdtemp(demo.folder)) {
			fprintf(stderr, "onewindow demo: %s: %s\n", demo.folder, strerror(errno));
			return CLI_REFUSED;
		}
	} else if (mkdir(demo.folder, 0755) < 0 && errno != EEXIST) {
		fprintf(stderr, "onewindow demo: %s: %s\n", demo.folder, strerror(errno));
		return CLI_REFUSED;
	}
	r = run(&demo);
	if (!demo.keep)
		remove_folder(&demo);
	return r;
}
