/* tcp://ADDRESS:PORT, for serial device servers, network printers and the virtual devices. Only
 * numeric addresses and "localhost": to ask a name server is to block.
 *
 * A peer that has vanished (power, cable) is told from one that is merely full, which is what a
 * printer that waits for paper looks like, for hours. Idle, keep-alive finds it in 19 s. With bytes
 * on the way keep-alive is silent, and the kernel alone would try for a quarter of an hour and
 * more; TCP_USER_TIMEOUT is no help, because it also ends a connection whose peer acknowledges
 * every probe of its closed window. So the kernel is asked what it knows (TCP_INFO): how often it
 * has sent the same bytes, or probed the closed window, without any word from there. A full peer
 * answers each. */
#include "drivers/transport/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CONNECT_US = 3 * 1000 * 1000,
	KEEP_IDLE_S = 10,
	KEEP_INTERVAL_S = 3,
	KEEP_COUNT = 3,
	/* Without an answer: six times the same bytes are 12 s on a line of the house. Probes of a
	 * window that is long closed come every 2 minutes only: three are 6 minutes at the worst.
	 */
	UNANSWERED_SENDS = 6,
	UNANSWERED_PROBES = 3,
	UNANSWERED_MS = 10 * 1000,
};

struct tcp {
	struct stream stream;
	struct sockaddr_storage address;
	socklen_t address_size;
};

static int check_peer(const struct stream *stream)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (getsockopt(stream->fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
		return 0;
	if (info.tcpi_last_ack_recv < UNANSWERED_MS)
		return 0;
	return info.tcpi_retransmits >= UNANSWERED_SENDS || info.tcpi_probes >= UNANSWERED_PROBES
		       ? -ETIMEDOUT
		       : 0;
}

/* Of a submit that is cut nobody knows what arrived. What the kernels still hold of it is dropped
 * with the connection (RST): it would come out of a device server behind the bytes of the next one.
 */
static void release(struct stream *stream, int fd)
{
	struct linger drop = {.l_onoff = 1, .l_linger = 0};

	if (stream->busy)
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &drop, sizeof(drop));
	close(fd);
}

/* SIOCOUTQ counts what the peer's kernel has not acknowledged: that has not left for certain. */
static const struct stream_kind tcp_kind = {
	.peer = "The peer",
	.is_socket = true,
	.queue = SIOCOUTQ,
	.check = check_peer,
	.release = release,
};

static void set_ipv4(struct tcp *tcp, struct in_addr host, long port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = host};

	in.sin_port = htons((uint16_t)port);
	memcpy(&tcp->address, &in, sizeof(in));
	tcp->address_size = sizeof(in);
}

static void set_ipv6(struct tcp *tcp, const struct in6_addr *host, long port)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = *host};

	in6.sin6_port = htons((uint16_t)port);
	memcpy(&tcp->address, &in6, sizeof(in6));
	tcp->address_size = sizeof(in6);
}

static int set_address(struct tcp *tcp, const char *host, bool bracketed, long port,
		       char *ret_error, size_t error_size)
{
	struct in6_addr in6;
	struct in_addr in;

	if (bracketed) {
		if (inet_pton(AF_INET6, host, &in6) != 1)
			return transport_refuse(ret_error, error_size, -EINVAL,
						"tcp: [%s] is no numeric IPv6 address.", host);
		set_ipv6(tcp, &in6, port);
		return 0;
	}
	if (strcmp(host, "localhost") == 0) {
		in.s_addr = htonl(INADDR_LOOPBACK);
	} else if (inet_pton(AF_INET, host, &in) != 1) {
		return transport_refuse(ret_error, error_size, -EINVAL,
					"tcp: \"%s\" is no numeric address; names other than "
					"localhost are not looked up, because that blocks.",
					host);
	}
	set_ipv4(tcp, in, port);
	return 0;
}

static int parse_url(struct tcp *tcp, const char *url, char *ret_error, size_t error_size)
{
	const char *rest = url + strlen("tcp:"), *host, *port;
	char text[TRANSPORT_URL_SIZE];
	bool bracketed;
	size_t len;
	long number;
	int r;

	if (strncmp(rest, "//", 2) != 0)
		return transport_refuse(ret_error, error_size, -EINVAL,
					"tcp: it is written tcp://ADDRESS:PORT.");
	host = rest + 2;
	bracketed = host[0] == '[';
	if (bracketed)
		host++;
	len = strcspn(host, bracketed ? "]" : ":");
	if (len == 0)
		return transport_refuse(ret_error, error_size, -EINVAL,
					"tcp: the address is missing.");
	if (bracketed && host[len] != ']')
		return transport_refuse(ret_error, error_size, -EINVAL,
					"tcp: the bracket of the address is not closed.");
	port = host + len + (bracketed ? 1 : 0);
	if (*port != ':')
		return transport_refuse(ret_error, error_size, -EINVAL,
					"tcp: the port is missing, as in tcp://10.1.2.3:9100.");
	port++;
	if (!bracketed && strchr(port, ':'))
		return transport_refuse(ret_error, error_size, -EINVAL,
					"tcp: an IPv6 address stands in brackets, as in [::1].");
	r = url_parse_number(port, strlen(port), 1, 65535, &number);
	if (r < 0)
		return transport_refuse(ret_error, error_size, -EINVAL,
					"tcp: \"%s\" is no port; ports are from 1 to 65535, and "
					"nothing follows them.",
					port);
	(void)snprintf(text, sizeof(text), "%.*s", (int)len, host);
	return set_address(tcp, text, bracketed, number, ret_error, error_size);
}

static int tcp_create(struct transport **ret, const char *url, const struct transport_host *host,
		      void *user, char *ret_error, size_t error_size)
{
	struct tcp *tcp;
	int r;

	tcp = calloc(1, sizeof(*tcp));
	if (!tcp)
		return transport_refuse(ret_error, error_size, -ENOMEM, "tcp: out of memory.");
	r = parse_url(tcp, url, ret_error, error_size);
	if (r < 0) {
		free(tcp);
		return r;
	}
	tcp->stream.base = (struct transport){&transport_tcp_ops, host, user, ""};
	stream_init(&tcp->stream, &tcp_kind);
	*ret = &tcp->stream.base;
	return 0;
}

static void tcp_destroy(struct transport *transport)
{
	free(transport);
}

static int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) < 0 ? -errno : 0;
}

/* A call is few bytes and wants to be seen now; a peer that lost power says nothing. */
static int set_options(int fd)
{
	int r;

	r = set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (r == 0)
		r = set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	if (r == 0)
		r = set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S);
	if (r == 0)
		r = set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL_S);
	if (r == 0)
		r = set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT);
	return r;
}

static int tcp_open(struct transport *transport, int64_t now_us)
{
	struct tcp *tcp = (struct tcp *)transport;
	int fd, r;

	if (tcp->stream.state != STREAM_CLOSED)
		return -EALREADY;
	fd = socket(tcp->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		r = -errno;
		goto err;
	}
	r = set_options(fd);
	if (r < 0)
		goto err_fd;
	r = connect(fd, (const struct sockaddr *)&tcp->address, tcp->address_size);
	if (r < 0 && errno != EINPROGRESS) {
		r = -errno;
		goto err_fd;
	}
	stream_begin_wait(&tcp->stream, fd, now_us + CONNECT_US);
	return 0;

err_fd:
	close(fd);
err:
	(void)transport_blame(transport, r, "The connection cannot be made: %s.", strerror(-r));
	stream_begin_known(&tcp->stream, -1, r);
	return 0;
}

const struct transport_ops transport_tcp_ops = {
	.scheme = "tcp",
	.create = tcp_create,
	.destroy = tcp_destroy,
	.open = tcp_open,
	.close = stream_close,
	.submit = stream_submit,
	.cancel = stream_cancel,
	.drain = stream_drain,
	.control = stream_control,
	.fds = stream_fds,
	.deadline = stream_deadline,
	.process = stream_process,
};
