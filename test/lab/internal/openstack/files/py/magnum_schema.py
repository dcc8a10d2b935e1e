"""Creates Magnum's tables from its models: its migrations cannot run on SQLite."""
from magnum.common import service

service.prepare_service(['magnum-schema', '--config-file',
                         '/lab/etc/magnum.conf'])

from magnum.db import migration  # noqa: E402  needs the configuration
from magnum.db.sqlalchemy import models  # noqa: E402
import release  # noqa: E402

models.Base.metadata.create_all(release.engine())
migration.stamp('head')
