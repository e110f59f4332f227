/* What drivers and transports say of a device, for people: they say it in English, which is what
 * programs and captures see, and here it gets its Chinese. */
#include <string.h>

#include "src/devices/devices.h"

/* Parts of what is said, without what differs from case to case; the longest that fits. */
static const struct {
	const char *english, *chinese;
} sentences[] = {
	{"The peer hung up", "对方已断开"},
	{"does not take the call: Connection refuse", "对方拒绝连接"},
	{"The peer does not take the call", "连接不上"},
	{"The peer does not answer", "连接无应答"},
	{"The device is gone", "设备已拔出"},
	{"This address fits several devices", "此地址对应多台设备"},
	{"No such device is plugged in", "没有插入此设备"},
	{"The device calls itself a printer", "设备没有打印数据端点"},
	{"The device has no interface", "设备没有打印接口"},
	{"has no right to it", "设备无权打开"},
	{"The device cannot be opened", "设备打不开"},
	{"The interface cannot be taken", "接口被占用"},
	{"is in use by another program", "串口被另一程序占用"},
	{" cannot be opened: ", "串口打不开"},
	{" is no serial line", "不是串口"},
	{"No such line is here", "没有此串口"},
	{"was plugged in anew meanwhile", "串口刚被重新插入"},
	{"has no RS-485 mode", "此串口不支持 RS-485 切换"},
	{"but not with this rts", "此串口的 RS-485 不支持这些参数"},
	{"does not take its character format", "串口不支持此字符格式"},
	{" baud: ", "串口不支持此速率"},
	{"The line is still being closed", "串口正在关闭"},
	{"The line does not open", "串口适配器不应答"},
	{"The line hung up", "串口已拔出"},
	{"The line is gone", "串口已拔出"},
	{"cover open", "上盖打开"},
	{"paper out", "缺纸"},
	{"paper near end", "纸将尽"},
	{"cutter jammed", "切刀卡住：排除后开合上盖"},
	{"printer error: switch it off and on", "打印机故障：请断电再上电"},
	{"print head too hot", "打印头过热，稍后自行恢复"},
	{"printer error: remove its cause", "打印机故障：请排除"},
	{"printer error: cover, jam?", "打印机故障：上盖、卡纸？"},
	{"waits to be put online", "等待联机"},
	{"paper is being fed", "正在走纸"},
	{"offline", "脱机"},
	{"takes no data", "不收数据：缺纸、上盖、电源？"},
	{"a transfer failed", "传输失败，正在恢复"},
	{"does not answer", "不应答"},
	{"answers are not ESC/POS", "应答不是 ESC/POS"},
	{"gives no status but its port's", "只有端口状态"},
	{"blind", "无状态可查"},
	{"the link went down before it was sent", "发送前连接中断"},
	{"the link went down in the middle", "打印途中连接中断"},
	{"the daemon restarted in mid-print", "打印途中守护进程重启"},
	{"the service day ended in mid-print", "打印途中服务日结束"},
	{"no answer", "无应答"},
	{"no answer: cable or power", "无应答：线缆或电源？"},
	{"answers make no sense: wrong speed or noise", "应答无法识别：速率不对或有干扰"},
	{"the printer takes no data", "打印机不收数据，原因不明"},
	{"the line is closed", "线路未通"},
	{"never answers", "从不应答：已发送，是否显示不明"},
	{"refuses the text", "拒绝显示"},
	{"refuses power on and off", "拒绝开关机"},
	{"refuses the brightness", "拒绝设置亮度"},
	{"refuses the time", "拒绝校时"},
	{"refuses the question for its status", "拒绝查询状态"},
	{"refuses the text: controller busy", "拒绝显示：控制器忙"},
	{"refuses the text: out of memory", "拒绝显示：超出存储容量"},
	{"refuses the text: no such font", "拒绝显示：没有此字库"},
	{"refuses the text: parameter out of range", "拒绝显示：参数越界"},
	{"refuses to be polled", "拒绝轮询：不是本系统的键盘"},
	{"speaks another version of the keypad profile", "键盘协议版本不同"},
};

const char *devices_chinese(const char *english)
{
	const char *chinese = "";
	size_t longest = 0;

	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		size_t len = strlen(sentences[i].english);

		if (len <= longest || !strstr(english, sentences[i].english))
			continue;
		longest = len;
		chinese = sentences[i].chinese;
	}
	return chinese;
}

const char *device_health_chinese(enum device_health health)
{
	static const char *const names[] = {"未知", "正常", "注意", "等候", "故障", "断开"};

	return names[health];
}
