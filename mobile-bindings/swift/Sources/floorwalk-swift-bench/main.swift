import FloorwalkStage
print("x")
