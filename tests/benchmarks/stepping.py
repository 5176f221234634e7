def run():
    return True
