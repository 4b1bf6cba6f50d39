"""What happens to an event, in order: the stages, the store they write to, the engines that host them."""
