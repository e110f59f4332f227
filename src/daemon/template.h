/* Ticket templates from files: libconfig text into a compiled template. */
#pragma once

#include "src/daemon/config.h"
#include "src/devices/template.h"

enum { TEMPLATE_MAX_BYTES = 64 * 1024 };

/* Every error is told to fn with file, line, key and what is allowed; pictures are read from beside
 * the file. -EINVAL: errors were told; -ENOMEM; else an errno: the file cannot be read. The result
 * is for template_destroy(). */
__attribute__((warn_unused_result)) int
template_load(struct template **ret_template, const char *path, config_error_fn fn, void *user);

/* The three that are built in: docs/templates, compiled. */
const char *template_use_name(enum template_use use); /* "ticket", "large", "desk" */
__attribute__((warn_unused_result)) int template_built_in(struct template **ret_template,
							  enum template_use use);
