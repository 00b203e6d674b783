"""nodemailer (Node) with its pool of 20 connections over SMTP, fetched by npm into var/ the first time."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from bench.counting_provider import BUILT
from bench.peers.measured import skipped, told
from bench.peers.wording import HTML, LETTER, SENDER, TITLE

VERSION = "10.6.1"
PROGRAM = """
const n = +process.env.N, began = process.hrtime.bigint(), cpu = process.cpuUsage()
const letter = JSON.parse(process.env.LETTER)
const pool = require('nodemailer').createTransport(
  {host: '127.0.0.1', port: +process.env.PORT, pool: true, maxConnections: 20, maxMessages: Infinity, ignoreTLS: true})
let next = 0, accepted = 0
async function sender() {
  while (next < n) {
    const sent = await pool.sendMail({...letter, to: `person${next++}@example.org`})
    accepted += sent.accepted.length
  }
}
Promise.all(Array.from({length: 100}, sender)).then(() => {
  const used = process.cpuUsage(cpu), seconds = Number(process.hrtime.bigint() - began) / 1e9
  const cpu_seconds = (used.user + used.system) / 1e6, rss = process.resourceUsage().maxRSS / 1024
  console.log(JSON.stringify({messages: accepted, seconds, cpu_seconds, rss}))
  process.exit(accepted === n ? 0 : 1)
})
"""


def fetched() -> Path:
    """The folder with nodemailer in it; skips where npm or the network is not there."""
    npm, folder = shutil.which("npm"), BUILT / f"nodemailer-{VERSION}"
    if npm is None or shutil.which("node") is None:
        skipped("nodemailer was not measured: there is no Node (Debian: nodejs npm).")
    elif not (folder / "node_modules" / "nodemailer").exists():
        folder.mkdir(parents=True, exist_ok=True)
        line = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), f"nodemailer@{VERSION}"]
        if subprocess.run(line, check=False).returncode:  # noqa: S603 - our own line
            skipped("nodemailer was not measured: npm could not fetch it.")
    return folder


if __name__ == "__main__":
    said = told(__doc__)
    os.chdir(fetched())
    letter = json.dumps({"from": SENDER, "subject": TITLE, "text": LETTER, "html": HTML})
    given = {"N": str(said.n), "PORT": str(said.smtp), "LETTER": letter}
    os.execvpe("node", ["node", "-e", PROGRAM], os.environ | given)  # noqa: S606, S607 - whichever Node is installed
