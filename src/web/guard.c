/* Who may ask. The API has no accounts yet and listens on loopback; what has to be kept out is a
 * page of another origin in a browser on this machine. Such a page cannot send application/json
 * without a preflight (which is refused), states its Origin, and, where its name was bound to our
 * address (DNS rebinding), sends a Host that is not ours; so Host is checked on reads too. */
#include "src/web/internal.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

static void lower(char *text)
{
	for (; *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

static int add_host(struct web *web, const char *name, bool with_port)
{
	char *host;

	if (web->host_count == WEB_MAX_HOSTS || strlen(name) + 6 >= WEB_HOST_SIZE)
		return -E2BIG;
	host = web->hosts[web->host_count++];
	if (with_port)
		snprintf(host, WEB_HOST_SIZE, "%s:%u", name, web->port);
	else
		snprintf(host, WEB_HOST_SIZE, "%s", name);
	lower(host);
	return 0;
}

/* "[::1]:8080" has colons before its port. */
static bool has_port(const char *host)
{
	const char *bracket = strrchr(host, ']');

	return strchr(bracket ? bracket : host, ':') != NULL;
}

static int add_literal(struct web *web, const struct sockaddr *address, bool *ret_local)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;
	char text[INET6_ADDRSTRLEN], name[INET6_ADDRSTRLEN + 2];

	if (address->sa_family == AF_INET) {
		web->port = ntohs(v4->sin_port);
		web->any_address = v4->sin_addr.s_addr == htonl(INADDR_ANY);
		*ret_local = ntohl(v4->sin_addr.s_addr) >> 24 == 127;
		inet_ntop(AF_INET, &v4->sin_addr, name, sizeof(name));
	} else {
		web->port = ntohs(v6->sin6_port);
		web->any_address = IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr);
		*ret_local = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
		inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
		snprintf(name, sizeof(name), "[%s]", text);
	}
	return web->any_address ? 0 : add_host(web, name, true);
}

int guard_create(struct web *web, const struct sockaddr *address)
{
	const char *const *name;
	bool local = false;
	int r;

	r = add_literal(web, address, &local);
	if (r == 0 && (local || web->any_address))
		r = add_host(web, "localhost", true);
	for (name = web->options.hosts; r == 0 && name && *name; name++)
		r = add_host(web, *name, !has_port(*name));
	web->options.hosts = NULL;
	return r;
}

/* A numeric address that this very connection came to: no name, so nothing was rebound. */
static bool is_local_end(const struct request *request, const char *host)
{
	const union MHD_ConnectionInfo *info;
	struct sockaddr_storage local = {0};
	socklen_t len = sizeof(local);
	char text[INET6_ADDRSTRLEN], literal[WEB_HOST_SIZE];
	const struct sockaddr_in *v4 = (const void *)&local;
	const struct sockaddr_in6 *v6 = (const void *)&local;
	const struct in6_addr *in6 = &v6->sin6_addr;

	info = MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (!info || getsockname(info->connect_fd, (struct sockaddr *)&local, &len) < 0)
		return false;
	if (local.ss_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(in6)) {
		inet_ntop(AF_INET6, in6, text, sizeof(text));
		snprintf(literal, sizeof(literal), "[%s]:%u", text, request->web->port);
	} else {
		inet_ntop(AF_INET,
			  local.ss_family == AF_INET ? (const void *)&v4->sin_addr
						     : (const void *)&in6->s6_addr[12],
			  text, sizeof(text));
		snprintf(literal, sizeof(literal), "%s:%u", text, request->web->port);
	}
	return strcmp(literal, host) == 0;
}

static bool host_allowed(const struct request *request, const char *host)
{
	char full[WEB_HOST_SIZE];
	size_t i;

	if (strlen(host) + 6 >= sizeof(full))
		return false;
	/* Clients leave out the port that their scheme implies. */
	snprintf(full, sizeof(full), "%s%s", host, has_port(host) ? "" : ":80");
	lower(full);
	for (i = 0; i < request->web->host_count; i++) {
		if (strcmp(request->web->hosts[i], full) == 0)
			return true;
	}
	return request->web->any_address && is_local_end(request, full);
}

struct lookup {
	const char *name, *value;
	unsigned int count;
	bool has_nul;
};

static enum MHD_Result count_header(void *cls, enum MHD_ValueKind kind, const char *key,
				    size_t key_size, const char *value, size_t value_size)
{
	struct lookup *lookup = cls;

	(void)kind;
	if (strlen(lookup->name) != key_size || strncasecmp(key, lookup->name, key_size) != 0)
		return MHD_YES;
	lookup->count++;
	lookup->value = value ? value : "";
	lookup->has_nul = lookup->has_nul || strlen(lookup->value) != value_size;
	return MHD_YES;
}

bool guard_header(struct request *request, const char *name, const char **ret_value)
{
	struct lookup lookup = {.name = name};

	MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, count_header, &lookup);
	if (lookup.count > 1 || lookup.has_nul) {
		request_problem(request, PROBLEM_BAD_HEADER, "%s is repeated or holds a NUL", name);
		return false;
	}
	*ret_value = lookup.count ? lookup.value : NULL;
	return true;
}

static bool guard_origin(struct request *request, const char *host)
{
	char expected[WEB_HOST_SIZE + 8];
	const char *origin;

	if (!guard_header(request, "Origin", &origin))
		return false;
	if (!origin)
		return true;
	snprintf(expected, sizeof(expected), "http://%s", host);
	if (strcasecmp(origin, expected) == 0)
		return true;
	request_problem(request, PROBLEM_ORIGIN, "Origin must be absent or %s", expected);
	return false;
}

static bool guard_content_type(struct request *request)
{
	static const char wanted[] = "application/json";
	const char *type;

	if (!guard_header(request, "Content-Type", &type))
		return false;
	if (type && strncasecmp(type, wanted, sizeof(wanted) - 1) == 0) {
		type += sizeof(wanted) - 1;
		type += strspn(type, " \t");
		if (*type == 0)
			return true;
		if (*type == ';') {
			type++;
			type += strspn(type, " \t");
			if (strcasecmp(type, "charset=utf-8") == 0)
				return true;
		}
	}
	request_problem(request, PROBLEM_CONTENT_TYPE, "Content-Type must be application/json");
	return false;
}

bool guard_request(struct request *request, bool changes)
{
	const char *host;

	if (!guard_header(request, "Host", &host))
		return false;
	if (!host || !host_allowed(request, host)) {
		request_problem(request, PROBLEM_HOST,
				"Host must be the address or a name of this server, with its port");
		return false;
	}
	if (!changes)
		return true;
	return guard_origin(request, host) && guard_content_type(request) &&
	       guard_no_query(request);
}

static enum MHD_Result refuse_query(void *cls, enum MHD_ValueKind kind, const char *key,
				    const char *value)
{
	(void)kind;
	(void)value;
	*(const char **)cls = key;
	return MHD_NO;
}

bool guard_no_query(struct request *request)
{
	const char *name = NULL;

	MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, refuse_query, &name);
	if (!name)
		return true;
	request_problem(request, PROBLEM_BAD_QUERY, "unknown parameter: %.64s", name);
	return false;
}

bool guard_command_id(struct request *request, const char **ret_id)
{
	const char *id;
	size_t i;

	if (!guard_header(request, "Idempotency-Key", &id))
		return false;
	if (!id) {
		*ret_id = "";
		return true;
	}
	for (i = 0; id[i] > ' ' && id[i] < 0x7f; i++)
		;
	if (i == 0 || id[i] || i >= STORE_COMMAND_ID_SIZE) {
		request_problem(request, PROBLEM_BAD_IDEMPOTENCY_KEY,
				"Idempotency-Key must be 1 to %d visible ASCII characters",
				STORE_COMMAND_ID_SIZE - 1);
		return false;
	}
	*ret_id = id;
	return true;
}
