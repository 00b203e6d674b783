"""The room of playbooks: a plan and its journal go in, the next steps and the reason for each come out."""
