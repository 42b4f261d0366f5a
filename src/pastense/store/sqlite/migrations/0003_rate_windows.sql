-- Rate limits that several processes share.

-- How many calls of a workspace were counted in the window that began at `start`.
CREATE TABLE rate_windows (
  start INTEGER NOT NULL,
  workspace INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  PRIMARY KEY (start, workspace)
) STRICT, WITHOUT ROWID;
