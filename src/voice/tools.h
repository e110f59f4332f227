/* What `onewindow voice` has onewindow-voice do, so that no library of sound is in the daemon. Each
 * takes its words in the order of src/cli/voice.c and returns an exit code. */
#pragma once

/* NUMBER WINDOW OUT FOLDER LANGUAGES TEMPLATE_ZH TEMPLATE_EN */
int voice_tool_say(char *const words[]);
/* FOLDER LANGUAGES: what is missing or does not fit; level and length of each recording. */
int voice_tool_check(char *const words[]);
/* FOLDER LANGUAGES: a folder of synthetic recordings by espeak-ng. */
int voice_tool_make(char *const words[]);
/* "zh,en" into the languages of setup. -EINVAL. */
struct voice_setup;
__attribute__((warn_unused_result)) int voice_tool_languages(struct voice_setup *setup,
							     const char *list);
