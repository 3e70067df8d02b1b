"""The residents' door (小阳说事): pages for people without an account, apart from those of the house. Its staff pages, too."""
