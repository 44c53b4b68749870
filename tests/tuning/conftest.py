import small_problems

small_problems.share_programs()
