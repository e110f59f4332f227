import time
t0=time.monotonic()
import json,os,subprocess,sys
print('up', open('/proc/uptime').read(), flush=True)
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),'../integration'))
import hall
print('imported', open('/proc/uptime').read(), flush=True)
task=json.load(open('/run/rig/task.json'))
t=time.monotonic(); subprocess.run([task['onewindow'],'--version']); print('version',time.monotonic()-t)
t=time.monotonic(); subprocess.run([task['onewindow'],'--version']); print('version',time.monotonic()-t)
v=hall.VirtualHall(task['virtual_hall'])
print('virt', v.state, time.monotonic()-t)
subprocess.run('free -m; mount | head; ls /lib/modules; lsmod',shell=True)
