/* Text into HTML, whatever stands in it. */
#pragma once

#include <stdio.h>

/* & < > " escaped; control characters, which XML does not have, as blanks; what is no UTF-8 as
 * U+FFFD. */
void html_text(FILE *out, const char *text);
/* "中文 <span lang=en>English</span>"; without a blank where either is empty. */
void html_both(FILE *out, const char *zh, const char *en);
