"""Working days, and the counting of terms: what the law means by so many days from then."""
