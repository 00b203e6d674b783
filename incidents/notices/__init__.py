"""What people are told: wording from templates/, drafts per duty and cohort, the content check, and the approvals."""
