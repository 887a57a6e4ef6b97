"""What will a Chicago taxi ride cost, before it begins?"""
