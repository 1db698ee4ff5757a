"""Account: claims, payers and rules as they are told to a person, in plain words. Pure: events and values in, words out."""
