"""How gunicorn serves the pages (`make run`): settings from casemgr.config, logs in the form of casemgr.logs."""

from casemgr import logs
from casemgr.config import settings_or_exit

settings = settings_or_exit()
wsgi_app = "wsgi:app"
bind = f"{settings.host}:{settings.port}"
worker_class = "gthread"
workers = settings.web_workers
threads = settings.web_threads
timeout = 60
graceful_timeout = 30
logconfig_dict = logs.gunicorn_config(settings.log_level)
control_socket_disable = True
