/* Charts are drawn by onewindow-chart, a program of its own: what it is to draw goes to its input,
 * SVG comes from its output. */
#include "src/cli/charts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/daemon/helper.h"

bool charts_can_draw(void)
{
	return helper_find(HELPER_CHART)[0] != '\0';
}

static int send_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -EIO;
		bytes += n;
		len -= (size_t)n;
	}
	return shutdown(fd, SHUT_WR) < 0 ? -errno : 0;
}

static size_t receive(void *buffer, size_t size, void *user)
{
	ssize_t n;

	do
		n = recv(*(int *)user, buffer, size, 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? (size_t)-1 : (size_t)n;
}

static bool are_texts(const json_t *list, size_t count)
{
	if (json_array_size(list) != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!json_is_string(json_array_get(list, i)))
			return false;
	return true;
}

int charts_draw(const json_t *charts, json_t **ret_svgs)
{
	struct helper helper = {.kind = HELPER_CHART};
	char *text = json_dumps(charts, JSON_COMPACT);
	json_t *svgs = NULL;
	int fd = -1, r;

	if (!text)
		return -ENOMEM;
	r = helper_start(&helper, &fd);
	if (r == 0) {
		/* it reads to the end before it answers */
		r = fcntl(fd, F_SETFL, 0) < 0 ? -errno : send_all(fd, text, strlen(text));
		if (r == 0)
			svgs = json_load_callback(receive, &fd, 0, NULL);
		if (!are_texts(svgs, json_array_size(charts)))
			r = -EIO;
		close(fd);
		helper_stop(&helper);
	}
	free(text);
	if (r == 0)
		*ret_svgs = svgs;
	else
		json_decref(svgs);
	return r;
}
